/** Heads in a few numbers, as the server measures them (app/services/measures.py): for a saved page, which has none. */
import { hiddenKeys } from "./hiding.js";

const MOST_CELLS = 512 * 512;
const FEWEST_ROWS = 32;

/** Every row of a short text, evenly spread ones of a long one. */
export function measuredRows(queries, keys) {
  const step = Math.ceil(queries / Math.max(FEWEST_ROWS, Math.floor(MOST_CELLS / keys)));
  const first = Math.floor(step / 2);
  return Array.from({ length: Math.ceil((queries - first) / step) }, (_, i) => first + i * step);
}

/**
 * @param {Float32Array[][]} shown  rows of heads [layer][head] as they are read, one behind the other
 * @param {Float32Array[][]} whole  the same with nothing hidden
 * @param {number[]} queries  whose rows they are
 * @param {{rows: number, columns: number, tokens: object[], texts: string[][], square: boolean}} stack
 */
export function measuresOf(shown, whole, queries, stack) {
  const special = Map.groupBy(stack.tokens.filter((token) => token.special), ({ text }) => text);
  const groups = [...special.values()].map((tokens) => tokens.map(({ index }) => index));
  groups.push([0], hiddenKeys(stack.tokens, stack.texts, "punctuation"));
  const found = shown.map((heads) => heads.map((rows) => tally(rows, stack.columns, queries, groups)));
  const each = (read) => found.map((heads) => heads.map(read));
  return {
    rows: [queries[0], stack.rows, (queries[1] ?? 1) - (queries.length > 1 && queries[0])],
    sampled: queries.length < stack.rows,
    entropy: each(({ entropy }) => entropy),
    distance: stack.square ? each(({ distance }) => distance) : null,
    special: Object.fromEntries([...special.keys()].map((text, i) => [text, each(({ shares }) => shares[i])])),
    first: each(({ shares }) => shares.at(-2)),
    punctuation: each(({ shares }) => shares.at(-1)),
    itself: stack.square ? each(({ itself }) => itself) : null,
    sink_mass: whole.map((heads) => heads.map((rows) => Math.max(0, 1 - sumOf(rows) / queries.length))),
  };
}

const sumOf = (weights) => weights.reduce((sum, weight) => sum + weight, 0);

function tally(rows, columns, queries, groups) {
  let [entropy, length, weight, itself] = [0, 0, 0, 0];
  const shares = groups.map(() => 0);
  queries.forEach((query, at) => {
    const row = rows.subarray(at * columns, (at + 1) * columns);
    row.forEach((w, key) => {
      if (w > 0) entropy -= w * Math.log2(w);
      length += w * Math.abs(query - key);
      weight += w;
    });
    itself += row[query] ?? 0;
    groups.forEach((keys, i) => {
      for (const key of keys) shares[i] += row[key];
    });
  });
  return {
    entropy: Math.max(0, entropy / queries.length),
    distance: weight > 0 ? length / weight : null,
    itself: itself / queries.length,
    shares: shares.map((share) => share / queries.length),
  };
}
