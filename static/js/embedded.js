/**
 * The data source of a saved page (see datasource.js): the analysis and all its float32 weights are
 * in the page, and this answers from them as the server answers from its trace.
 */
import { applyBetween, applyKeep } from "./keeping.js";

const KNOWN = new Set([
  "stack", "layers", "heads", "hide", "between", "keep", "off", "queries", "keys", "reduce", "size", "pool", "dtype",
]);
const HIDEABLE = { special: (token) => token.special, first: (token) => token.index === 0 };

/** @param {Float32Array} weights  of all stacks, layers, heads and queries, one behind the other */
export function createEmbeddedSource(analysis, weights) {
  const stacks = new Map();
  let start = 0;
  for (const { name, queries, keys, layers } of analysis.stacks) {
    const [rows, columns] = [analysis.tokens[queries].length, analysis.tokens[keys].length];
    const heads = layers.map((layer) => Array.from({ length: layer.heads }, () =>
      weights.subarray(start, (start += rows * columns))));
    stacks.set(name, { rows, columns, layers, heads, queries: analysis.tokens[queries], keys: analysis.tokens[keys] });
  }
  return {
    analyse: async () => analysis,
    attention: async (id, query) => answer(stacks.get(query.stack), query),
  };
}

/** {data, shape, meta} of a block [layer][head][query][key]: hidden, filtered, cut out, reduced, pooled, in its dtype. */
function answer(stack, query) {
  const strange = Object.keys(query).find((name) => !KNOWN.has(name));
  if (strange) throw new Error(`a saved page cannot answer ${strange}`);
  const rows = bins(query.queries, stack.rows, query.size);
  const columns = bins(query.keys, stack.columns, query.size);
  const layers = chosen(query.layers, stack.layers.map(({ index }) => index));
  const planes = layers.map((layer) => {
    const heads = stack.heads[layer];
    const which = chosen(query.heads, heads.map((_, head) => head));
    const cut = which.map((head) => cutOut(read(rowsOf(heads[head], stack.columns, rows), stack, rows, query), stack.columns, columns));
    return reduced(cut, query.reduce).map((plane) => pooled(plane, rows, columns, query));
  });
  const shape = [planes.length, planes[0].length, rows.count, columns.count];
  return { data: joined(planes.flat(), query.dtype), shape, meta: metaOf(shape, rows, columns, query) };
}

/** Places of the indices that are asked for ("0,3", a number, or all) among those there are. */
const chosen = (asked, known) => (asked === undefined
  ? [...known.keys()]
  : String(asked).split(",").map((index) => known.indexOf(Number(index))));

/**
 * Places of "start:stop,start:stop" in `count` even bins: bin i goes from edges[i] to edges[i + 1].
 * Counting begins at the first place of a range, and at 0 where there are several.
 */
function bins(ranges, length, size) {
  const bounds = (ranges ?? `0:${length}`).split(",").map((range) => range.split(":").map(Number));
  const places = bounds.flatMap(([start, stop]) => Array.from({ length: stop - start }, (_, i) => start + i));
  const count = Math.min(size ?? places.length, places.length);
  const edges = Array.from({ length: count + 1 }, (_, i) => Math.floor((i * places.length) / count));
  return { places, count, edges, origin: bounds.length > 1 ? 0 : bounds[0][0] };
}

/** A copy of whole rows. */
function rowsOf(head, width, { places }) {
  const plane = new Float32Array(places.length * width);
  places.forEach((row, i) => plane.set(head.subarray(row * width, (row + 1) * width), i * width));
  return plane;
}

/** Whole rows as they are read, in the order of the API's steps. */
function read(plane, { queries, keys }, rows, { hide, between, keep, off }) {
  drop(plane, keys, hide);
  if (between) applyBetween(plane, rows.places.map((row) => queries[row]), keys, between);
  if (keep) applyKeep(plane, keys.length, keep);
  drop(plane, keys, off);
  return plane;
}

/** Sets to 0 the keys of these kinds ("special,first"). */
function drop(plane, keys, kinds) {
  const tests = (kinds?.split(",") ?? []).map((kind) => HIDEABLE[kind]);
  for (const [column, token] of keys.entries()) {
    if (!tests.some((test) => test(token))) continue;
    for (let at = column; at < plane.length; at += keys.length) plane[at] = 0;
  }
}

function cutOut(plane, width, { places }) {
  if (places.length === width && places.every((key, i) => key === i)) return plane;
  return Float32Array.from({ length: (plane.length / width) * places.length }, (_, at) =>
    plane[Math.floor(at / places.length) * width + places[at % places.length]]);
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

const metaOf = ([layers, heads], rows, columns, { size }) => ({
  scale: Array.from({ length: layers }, () => Array(heads).fill(1)),
  query_bins: size === undefined ? null : [rows.origin, rows.origin + rows.places.length, rows.count],
  key_bins: size === undefined ? null : [columns.origin, columns.origin + columns.places.length, columns.count],
});
