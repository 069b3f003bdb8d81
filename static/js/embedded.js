/**
 * The data source of a saved page (see datasource.js): the analysis and all its float32 weights are
 * in the page, and this answers from them as the server answers from its trace.
 */
import { createLocalComparison } from "./compare/local.js";
import { hiddenKeys, rowsOf } from "./hiding.js";
import { applyBetween, applyKeep, isByRow } from "./keeping.js";
import { readIn } from "./lens.js";
import { measuredRows, measuresOf } from "./tally.js";
import { edgesOf, segmentsOf } from "./units.js";

const READING = ["stack", "layers", "heads", "hide", "renormalise"];
const KNOWN = [...READING, "unit", "between", "keep", "off", "sets", "queries", "keys", "reduce", "size", "pool", "dtype"];

/** @param {Float32Array} weights  of all stacks, layers, heads and queries, one behind the other */
export function createEmbeddedSource(analysis, weights) {
  const stacks = new Map();
  let start = 0;
  for (const { name, queries, keys, layers } of analysis.stacks) {
    const tokens = analysis.tokens[keys];
    const [rows, columns] = [analysis.tokens[queries].length, tokens.length];
    const heads = layers.map((layer) => Array.from({ length: layer.heads }, () =>
      weights.subarray(start, (start += rows * columns))));
    const along = (unit) => [queries, keys].map((axis) =>
      ({ units: edgesOf(analysis, axis, unit), places: readIn(analysis, { unit }).tokens[axis] }));
    const axes = { token: along("token"), word: along("word") };
    const texts = segmentsOf(analysis, keys);
    stacks.set(name, { rows, columns, layers, heads, tokens, texts, axes, square: queries === keys });
  }
  const attention = async (id, query) => answer(stacks.get(query.stack), query);
  const measures = async (id, query) => measure(stacks.get(query.stack), query);
  return { analyse: async () => analysis, attention, measures, ...createLocalComparison(analysis, attention) };
}

function check(query, known) {
  const strange = Object.keys(query).find((name) => !known.includes(name));
  if (strange) throw new Error(`a saved page cannot answer ${strange}`);
}

/** What `make` makes of the rows of these queries, of each head [layer][head] that is asked for, as they are to be read. */
function read(stack, query, queries, make = (rows) => rows) {
  const hidden = hiddenKeys(stack.tokens, stack.texts, query.hide);
  return chosen(query.layers, stack.layers.map(({ index }) => index)).map((layer) => {
    const heads = stack.heads[layer];
    return chosen(query.heads, [...heads.keys()])
      .map((head) => make(rowsOf(heads[head], stack.columns, queries, hidden, query.renormalise)));
  });
}

function measure(stack, query) {
  check(query, READING);
  const queries = measuredRows(stack.rows, stack.columns);
  const [shown, whole] = [query, { ...query, hide: null }].map((how) => read(stack, how, queries));
  return measuresOf(shown, whole, queries, stack);
}

/**
 * {data, shape, meta} of a block [layer][head][query][key]: hidden, in its unit, filtered, cut out, in sets, reduced,
 * pooled, in its dtype.
 */
function answer(stack, query) {
  check(query, KNOWN);
  const [down, across] = stack.axes[query.unit ?? "token"];
  const sets = query.sets?.split(",") ?? [];
  const rows = bins(query.queries, down, sets.includes("queries") ? 1 : query.size);
  const columns = bins(query.keys, across, sets.includes("keys") ? 1 : query.size);
  const whole = isByRow(query.keep) ? bins(undefined, across) : columns;
  const queries = rows.places.flatMap((place) => range(rows.units[place], rows.units[place + 1]));
  const inSight = (tokens) => filtered(merged(tokens, stack.columns, rows, whole, query.renormalise), rows, whole, query, stack.texts);
  const planes = read(stack, query, queries, (tokens) => together(cutOut(inSight(tokens), whole, columns), rows, columns, sets))
    .map((cut) => reduced(cut, query.reduce).map((plane) => pooled(plane, rows, columns, query)));
  const shape = [planes.length, planes[0].length, rows.count, columns.count];
  return { data: joined(planes.flat(), query.dtype), shape, meta: metaOf(shape, rows, columns) };
}

/** Places of the indices that are asked for ("0,3", a number, or all) among those there are. */
const chosen = (asked, known) => (asked === undefined
  ? [...known.keys()]
  : String(asked).split(",").map((index) => known.indexOf(Number(index))));

/**
 * Places of "start:stop,start:stop" in `count` even bins: bin i goes from edges[i] to edges[i + 1].
 * Counting begins at the first place of a range, and at 0 where there are several. Place i holds the tokens from
 * units[i] to units[i + 1].
 */
function bins(ranges, { units, places: all }, size) {
  const bounds = (ranges ?? `0:${all.length}`).split(",").map((part) => part.split(":").map(Number));
  const places = bounds.flatMap(([start, stop]) => range(start, stop));
  const count = Math.min(size ?? places.length, places.length);
  const edges = Array.from({ length: count + 1 }, (_, i) => Math.floor((i * places.length) / count));
  return { units, names: all, places, size, count, edges, origin: bounds.length > 1 ? 0 : bounds[0][0] };
}

const range = (start, stop) => Array.from({ length: stop - start }, (_, i) => start + i);

/**
 * Sums over the keys of a place, means over its queries, in float64 as the server has it; of `whole` rows of the places
 * alone. `filled`: means over the queries of which anything is left.
 */
function merged(whole, width, { places: down, units: queries }, { places: across, units: keys }, filled) {
  const plane = new Float32Array(down.length * across.length);
  let [at, start] = [0, 0];
  for (const row of down) {
    const stop = start + width * (queries[row + 1] - queries[row]);
    const count = filled ? filledIn(whole, start, stop, width) : queries[row + 1] - queries[row];
    for (const column of across) {
      let sum = 0;
      for (let line = start; line < stop; line += width) {
        for (let key = keys[column]; key < keys[column + 1]; key += 1) sum += whole[line + key];
      }
      plane[at] = sum / Math.max(count, 1);
      at += 1;
    }
    start = stop;
  }
  return plane;
}

/** How many of these rows have a weight. */
function filledIn(whole, start, stop, width) {
  let count = 0;
  for (let line = start; line < stop; line += width) count += whole.subarray(line, line + width).some(Boolean);
  return count;
}

/** What is left in sight of these rows and columns, in place, in the order of the API's steps. */
function filtered(plane, rows, columns, { between, keep, off }, texts) {
  const [queries, keys] = [rows, columns].map(({ places, names }) => places.map((place) => names[place]));
  if (between) applyBetween(plane, queries, keys, between);
  if (keep) applyKeep(plane, keys.length, keep);
  const gone = new Set(hiddenKeys(keys, texts, off));
  keys.forEach(({ index }, column) => gone.has(index) && drop(plane, keys.length, column));
  return plane;
}

function drop(plane, width, column) {
  for (let at = column; at < plane.length; at += width) plane[at] = 0;
}

function cutOut(plane, whole, columns) {
  if (whole === columns) return plane;
  const [width, { places }] = [whole.places.length, columns];
  return Float32Array.from({ length: (plane.length / width) * places.length }, (_, at) =>
    plane[Math.floor(at / places.length) * width + places[at % places.length]]);
}

/** The queries of a set as one, their mean; and the keys of one, their sum. */
function together(plane, rows, columns, sets) {
  if (!sets.length) return plane;
  const width = columns.places.length;
  const [down, across] = [rows.places.length, width].map((count, i) => (sets.includes(["queries", "keys"][i]) ? 1 : count));
  const sums = new Float64Array(down * across);
  plane.forEach((weight, at) => {
    sums[(down > 1 ? Math.floor(at / width) * across : 0) + (across > 1 ? at % width : 0)] += weight;
  });
  return Float32Array.from(sums, (sum) => sum / (rows.places.length / down));
}

/** Mean or maximum over the heads, in float32 and in their order as the server has it. */
function reduced(planes, how) {
  if (!how) return planes;
  const result = planes[0].slice();
  for (const plane of planes.slice(1)) {
    for (let at = 0; at < result.length; at += 1) {
      result[at] = how === "heads-max" ? Math.max(result[at], plane[at]) : result[at] + plane[at];
    }
  }
  return [how === "heads-mean" ? result.map((sum) => sum / planes.length) : result];
}

/** One number a bin: its largest weight, or the mean of those it has, summed in float64. */
function pooled(plane, rows, columns, { size, pool }) {
  if (size === undefined) return plane;
  const across = columns.places.length;
  const mean = pool === "mean";
  const cells = new Float64Array(rows.count * columns.count).fill(mean ? 0 : -Infinity);
  for (let row = 0, bin = 0; row < rows.places.length; row += 1) {
    if (row >= rows.edges[bin + 1]) bin += 1;
    for (let column = 0, at = bin * columns.count; column < across; column += 1) {
      if (column >= columns.edges[at - bin * columns.count + 1]) at += 1;
      const weight = plane[row * across + column];
      cells[at] = mean ? cells[at] + weight : Math.max(cells[at], weight);
    }
  }
  return Float32Array.from(cells, (cell, at) => (mean ? cell / sizeOf(at, rows, columns) : cell));
}

function sizeOf(at, { edges: down }, { count, edges: across }) {
  const [row, column] = [Math.floor(at / count), at % count];
  return (down[row + 1] - down[row]) * (across[column + 1] - across[column]);
}

function joined(planes, dtype) {
  const data = new Float32Array(planes.length * planes[0].length);
  planes.forEach((plane, i) => data.set(plane, i * plane.length));
  return dtype === "uint8" ? Uint8Array.from(data, byteOf) : data;
}

/** u of w = (u / 255)², each step rounded to float32 as numpy does. */
const byteOf = (weight) => Math.fround(Math.fround(Math.fround(Math.sqrt(weight)) * 255) + 0.5);

const metaOf = ([layers, heads], rows, columns) => ({
  scale: Array.from({ length: layers }, () => Array(heads).fill(1)),
  query_bins: binsOf(rows),
  key_bins: binsOf(columns),
});

const binsOf = ({ size, origin, places, count }) => (size === undefined ? null : [origin, origin + places.length, count]);
