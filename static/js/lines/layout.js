/** Where the tokens of both sides lie: below each other, or in reading order one after the other. */
import { binOf } from "../bins.js";
import { FONT } from "../plot.js";
import { directionOf, languageOf } from "../script.js";
import { isSink, keysOf, queriesOf, shorten, textOf } from "../tokens.js";

const ROW = 26;
const NARROWEST = 28;
const PADDING = 16;
/** A name and its index below each other, in the horizontal layout. */
const TWO_LINES = 42;
const BETWEEN = 190;
const HIGHEST = 580;
const LONGEST = 24;
const OUTSIDE = 24;
/** Beside the index of a sink: the share that it takes. */
const SHARE = 34;
/** Names that take more of the width leave too little for lines. */
const WIDE_NAMES = 0.3;
const WIDEST_NAMES = 0.36;

const pen = document.createElement("canvas").getContext("2d");

export const nameOf = ({ text }) => shorten(text, LONGEST);

function widthsOf(tokens, stack, horizontal) {
  pen.font = `600 13px ${FONT}`;
  const width = (text) => pen.measureText(text).width + PADDING;
  return tokens.map((token) => {
    const share = isSink(token, stack) ? SHARE : 0;
    if (horizontal) return Math.max(NARROWEST, width(nameOf(token)), share && width(`${token.index}`) + share);
    return width(`${nameOf(token)} ${token.index}`) + share;
  });
}

/**
 * `dir` is the direction of the text; `edges` of a side are the bounds of its tokens along it, `names` the room for a
 * name across it, and `size` that of the box in sight.
 */
export function layOut({ analysis, stack, lineLayout }, width) {
  const text = textOf(analysis);
  const tokens = { query: queriesOf(analysis, stack), key: keysOf(analysis, stack) };
  const widest = Math.max(...Object.values(tokens).flatMap((of) => widthsOf(of, stack, false)));
  const helps = ["zh-CN", "ja"].includes(languageOf(text)) || widest > WIDE_NAMES * width;
  const horizontal = lineLayout === "auto" ? helps : lineLayout === "horizontal";
  const edges = Object.fromEntries(Object.entries(tokens).map(([side, of]) =>
    [side, edgesOf(horizontal ? widthsOf(of, stack, true) : of.map(() => ROW))]));
  const along = Math.max(edges.query.at(-1), edges.key.at(-1));
  const names = horizontal ? TWO_LINES : Math.min(widest, WIDEST_NAMES * width);
  const high = horizontal ? 2 * TWO_LINES + BETWEEN : Math.min(along, HIGHEST);
  return { horizontal, dir: directionOf(text), tokens, edges, along, names, size: { width, height: high } };
}

function edgesOf(sizes) {
  const edges = new Float64Array(sizes.length + 1);
  sizes.forEach((size, at) => { edges[at + 1] = edges[at] + size; });
  return edges;
}

/** Tokens [first, last] of a side that are in sight from this offset on. */
export function inSight({ horizontal, edges, size }, side, offset) {
  const room = horizontal ? size.width : size.height;
  return [binOf(edges[side], offset), binOf(edges[side], offset + room - 1)];
}

/**
 * Where the line of a token ends, in the window, or just outside of it for one that is out of sight; a text from right to
 * left has its first side on the right.
 */
export function endOf({ horizontal, dir, edges, names, size }, side, index, offset) {
  const middle = (edges[side][index] + edges[side][index + 1]) / 2 - offset;
  const along = Math.max(-OUTSIDE, Math.min((horizontal ? size.width : size.height) + OUTSIDE, middle));
  const across = side === "query" ? names : (horizontal ? size.height : size.width) - names;
  const [x, y] = horizontal ? [along, across] : [across, along];
  return [dir === "rtl" ? size.width - x : x, y];
}
