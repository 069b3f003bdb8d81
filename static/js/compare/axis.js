/** One axis of a comparison: slots that hold a unit of A, of B, or of both. */
import { labelOf } from "../ticks.js";
import { isSink } from "../tokens.js";
import { namer } from "../units.js";

/**
 * @param {number[][]} slots  [a start, a stop, b start, b stop] in tokens of the two documents
 * @param {object[]} sides    {document, name, stack} of A and of B: `name` is that of the axis
 * @param {boolean} byWords   whether a unit is a word, named as it was typed, or a token
 * @param {boolean} inWords   whether the page counts A's words instead of its tokens
 */
export function createAxis(slots, sides, byWords, inWords) {
  const has = [0, 1].map((side) => Uint8Array.from(slots, (slot) => Number(slot[2 * side + 1] > slot[2 * side])));
  const ordinals = has.map(countedUp);
  const indexOn = (side, at) => (inWords ? ordinals[side][at] - 1 : slots[at][2 * side]);
  const tokens = sides.map(({ document, name }) => document.tokens[name]);
  const words = sides.map(({ document, name }) => namer(document, name));
  const span = (side, at) => slots[at].slice(2 * side, 2 * side + 2);
  const textOn = (side, at) => (byWords ? words[side](span(side, at)) : tokens[side][span(side, at)[0]]).text;
  const isSinkOn = (side, at) => has[side][at] && isSink(tokens[side][span(side, at)[0]], sides[side].stack);

  return {
    length: slots.length,
    has,
    both: has[0].map((here, at) => here & has[1][at]),
    sinks: Uint8Array.from(slots, (_, at) => Number(isSinkOn(0, at) || isSinkOn(1, at))),

    /** Where the second text of a pair begins; below 1 where there is none. */
    second: slots.findIndex((slot, at) => [0, 1].some((side) => has[side][at] && tokens[side][slot[2 * side]].segment === 1)),

    text: (at) => labelOf({ text: textOn(has[0][at] ? 0 : 1, at) }),

    /** The side that alone has it, or null. */
    only: (at) => (has[0][at] && has[1][at] ? null : has[0][at] ? "A" : "B"),

    /** What A's token or word is called on the page, or null where A has none. */
    inA: (at) => (has[0][at] ? indexOn(0, at) : null),

    /** The same, or what B's is called where A has none. */
    index: (at) => indexOn(has[0][at] ? 0 : 1, at),

    /** Where A's token or word stands. */
    ofA: (index) => slots.findIndex((slot, at) => has[0][at]
      && (inWords ? ordinals[0][at] - 1 === index : index >= slot[0] && index < slot[1])),

    /** Tokens [start, stop) of a side. */
    span,
  };
}

/** How many are marked up to each place. */
function countedUp(marks) {
  let count = 0;
  return Uint32Array.from(marks, (mark) => (count += mark));
}
