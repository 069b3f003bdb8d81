/** The lines of a picture with their exact weights: which there are, and which are strong enough to be drawn. */
import { sinksIn } from "../lens.js";
import { isSink, keysOf } from "../tokens.js";
import { drawnViews } from "./heads.js";

/** More lines than these would be a grey field. */
export const MOST_LINES = 1000;

/**
 * Places of the largest values that together make up this share of all that `counts(place)` lets in, ascending; of
 * equal ones the first.
 */
export function makingUp(values, share, counts) {
  const all = placesOf(values, counts);
  if (share >= 1 || !all.length) return all;
  const sorted = Float32Array.from(all, (at) => values[at]).sort();
  const wanted = share * sorted.reduce((sum, value) => sum + value, 0);
  let [sum, first] = [0, sorted.length];
  while (first > 0 && sum < wanted) sum += sorted[(first -= 1)];
  const least = sorted[first];
  let equal = sorted.subarray(first).filter((value) => value === least).length;
  return all.filter((at) => values[at] > least || (values[at] === least && (equal -= 1) >= 0));
}

/** The mask leaves those without any weight out. */
function placesOf(values, counts) {
  const places = [];
  for (let at = 0; at < values.length; at += 1) if (values[at] > 0 && counts(at)) places.push(at);
  return places;
}

/**
 * Lines from `queries`, spans [start, stop), or of a `key` that is not null those of all queries that look at it.
 *
 * @returns {Promise<{lines: {head: number, query: number, key: number, weight: number, off: boolean}[], heads: number[],
 *   strong: number, all: number, top: number, shares: Map<number, number>}>}
 * `lines` come weakest first, no more than MOST_LINES of the `strong` ones; `all` counts those that there are; `top` is
 * the largest weight on the scale; `shares` is what each sink off the scale takes, mean over heads and queries.
 */
export async function gather(state, { queries, key }) {
  const views = drawnViews(state);
  const isOff = sinksIn(state) === "off";
  const off = keysOf(state.analysis, state.stack).map((token) => isOff && isSink(token, state.stack));
  const asked = views.flatMap((view) => (key === null ? queries : [null]).map((span) => ({ head: view.head, view, span })));
  const answers = await Promise.all(asked.map(({ view, span }) =>
    (span ? state.weights.rows(view, span) : state.weights.column(view, key))));
  const share = Number(state.lineMass);
  const parts = asked.flatMap(({ head, span }, i) => (span
    ? rowsOf(answers[i], off.length).map((values, row) => fromQuery(values, { head, query: span[0] + row, off, share }))
    : [toKey(answers[i], { head, key, off: off[key], share })]));
  return {
    lines: strongestOf(parts),
    heads: views.map(({ head }) => head),
    strong: amountOf(parts),
    all: answers.reduce((sum, values) => sum + values.reduce((count, weight) => count + (weight > 0), 0), 0),
    top: parts.reduce((most, { values, places, isOff: out }) =>
      places.reduce((top, at) => (values[at] > top && !out(at) ? values[at] : top), most), 0),
    shares: key === null ? sharesOf(answers, off) : new Map(),
  };
}

const rowsOf = (values, across) => Array.from({ length: values.length / across }, (_, row) =>
  values.subarray(row * across, (row + 1) * across));

/** What does not go to sinks by its strongest keys; and all that goes to sinks. */
function fromQuery(values, { head, query, off, share }) {
  const isOff = (key) => off[key];
  const places = [...makingUp(values, share, (key) => !off[key]), ...placesOf(values, isOff)];
  return { values, places, isOff, line: (key) => ({ head, query, key, weight: values[key], off: off[key] }) };
}

function toKey(values, { head, key, off, share }) {
  const places = makingUp(values, share, () => true);
  return { values, places, isOff: () => off, line: (query) => ({ head, query, key, weight: values[query], off }) };
}

const amountOf = (parts) => parts.reduce((sum, { places }) => sum + places.length, 0);

/** The strongest lines, weakest first: only they become objects. */
function strongestOf(parts) {
  const weights = new Float32Array(amountOf(parts));
  let filled = 0;
  for (const { values, places } of parts) for (const at of places) weights[filled++] = values[at];
  const least = filled > MOST_LINES ? weights.sort()[filled - MOST_LINES] : 0;
  return parts.flatMap(({ values, places, line }) => places.filter((at) => values[at] >= least).map(line))
    .sort((one, other) => one.weight - other.weight)
    .slice(-MOST_LINES);
}

function sharesOf(answers, off) {
  const rows = answers.flatMap((values) => rowsOf(values, off.length));
  const sinks = [...off.keys()].filter((key) => off[key]);
  return new Map(sinks.map((key) => [key, rows.reduce((sum, row) => sum + row[key], 0) / rows.length]));
}
