/** What each head of a stack does, in a few numbers; asked for when nothing else is, of several layers at once where that is quick. */
import { keysOf, queriesOf, stackOf } from "./tokens.js";

const MOST_CELLS = 1 << 21;
/** Weights of a head that the server looks at, at most. */
const OF_A_HEAD = 512 * 512;

/** @param {(query, signal) => Promise} ask  the API's measures call with these parameters */
export function createMeasures(analysis, stack, ask) {
  const { layers } = stackOf(analysis, stack);
  const cells = layers[0].heads * Math.min(OF_A_HEAD, tokensIn(queriesOf(analysis, stack)) * tokensIn(keysOf(analysis, stack)));
  const atOnce = Math.max(1, Math.floor(MOST_CELLS / cells));
  const parts = new Map();

  /** Records of the heads [layer][head] of the layers from `first` on. */
  async function part(first, signal) {
    if (!parts.has(first)) {
      const some = layers.slice(first, first + atOnce);
      const answer = await ask({ stack, layers: some.map(({ index }) => index).join() }, signal);
      parts.set(first, some.map(({ index, heads }, row) => recordsOf(answer, row, index, heads)));
    }
    return parts.get(first);
  }

  return {
    async head(layer, head, signal) {
      const row = layers.findIndex(({ index }) => index === layer);
      const first = row - (row % atOnce);
      return (await part(first, signal))[row - first][head];
    },

    /** All heads, layer by layer; `hear(done)` counts the layers that are there. */
    async all(hear = () => {}) {
      const found = [];
      for (let first = 0; first < layers.length; first += atOnce) {
        found.push(...await part(first));
        hear(found.length);
      }
      return found.flat();
    },

    layers: layers.length,
  };
}

/** How many tokens there are behind positions, which may be words. */
const tokensIn = (positions) => positions.at(-1).tokens?.[1] ?? positions.length;

function recordsOf({ rows, sampled, entropy, distance, special, first, punctuation, itself, sink_mass: sinkMass }, row, layer, heads) {
  return Array.from({ length: heads }, (_, head) => ({
    layer,
    head,
    rows,
    sampled,
    entropy: entropy[row][head],
    distance: distance && distance[row][head],
    special: Object.entries(special).map(([text, shares]) => ({ text, share: shares[row][head] })),
    first: first[row][head],
    punctuation: punctuation[row][head],
    itself: itself && itself[row][head],
    sinkMass: sinkMass[row][head],
  }));
}

/** What all that the page calls sinks take of a head (tokens.js): special tokens, in a decoder the first token too. */
export function sinkShare({ special, first }, document, stack) {
  const alone = stack === "decoder" && !keysOf(document, stack)[0].special;
  return special.reduce((sum, { share }) => sum + share, alone ? first : 0);
}
