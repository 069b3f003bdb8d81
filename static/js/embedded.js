/**
 * The data source of a saved page (see datasource.js): the analysis and all its float32 weights are
 * in the page, and this answers from them as the server answers from its trace.
 */
import { createLocalComparison } from "./compare/local.js";
import { applyBetween, applyKeep, isByRow } from "./keeping.js";
import { readIn } from "./lens.js";
import { edgesOf } from "./units.js";

const KNOWN = new Set([
  "stack", "layers", "heads", "hide", "renormalise", "unit", "between", "keep", "off", "queries", "keys", "reduce", "size", "pool", "dtype",
]);
const HIDEABLE = { special: (token) => token.special, first: (token) => token.index === 0 };

/** @param {Float32Array} weights  of all stacks, layers, heads and queries, one behind the other */
export function createEmbeddedSource(analysis, weights) {
  const stacks = new Map();
  let start = 0;
  for (const { name, queries, keys, layers } of analysis.stacks) {
    const tokens = analysis.tokens[keys];
    const size = analysis.tokens[queries].length * tokens.length;
    const heads = layers.map((layer) => Array.from({ length: layer.heads }, () =>
      weights.subarray(start, (start += size))));
    const along = (unit) => [queries, keys].map((axis) =>
      ({ units: edgesOf(analysis, axis, unit), tokens: readIn(analysis, { unit }).tokens[axis] }));
    stacks.set(name, { layers, heads, tokens, axes: { token: along("token"), word: along("word") } });
  }
  const attention = async (id, query) => answer(stacks.get(query.stack), query);
  return { analyse: async () => analysis, attention, ...createLocalComparison(analysis, attention) };
}

/**
 * {data, shape, meta} of a block [layer][head][query][key]: hidden, in its unit, filtered, cut out, reduced, pooled,
 * in its dtype.
 */
function answer(stack, query) {
  const strange = Object.keys(query).find((name) => !KNOWN.has(name));
  if (strange) throw new Error(`a saved page cannot answer ${strange}`);
  const [down, across] = stack.axes[query.unit ?? "token"];
  const rows = bins(query.queries, down, query.size);
  const columns = bins(query.keys, across, query.size);
  const layers = chosen(query.layers, stack.layers.map(({ index }) => index));
  const whole = isByRow(query.keep) ? bins(undefined, across) : columns;
  const hidden = kindsIn(stack.tokens, query.hide);
  const planes = layers.map((layer) => {
    const heads = stack.heads[layer];
    const which = chosen(query.heads, heads.map((_, head) => head));
    const read = which.map((head) => filtered(merged(heads[head], hidden, rows, whole, query), rows, whole, query));
    const cut = read.map((plane) => cutOut(plane, whole, columns));
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
 * Counting begins at the first place of a range, and at 0 where there are several. Place i holds the tokens from
 * units[i] to units[i + 1].
 */
function bins(ranges, axis, size) {
  const bounds = (ranges ?? `0:${axis.tokens.length}`).split(",").map((range) => range.split(":").map(Number));
  const places = bounds.flatMap(([start, stop]) => Array.from({ length: stop - start }, (_, i) => start + i));
  const count = Math.min(size ?? places.length, places.length);
  const edges = Array.from({ length: count + 1 }, (_, i) => Math.floor((i * places.length) / count));
  return { ...axis, places, count, edges, origin: bounds.length > 1 ? 0 : bounds[0][0] };
}

/** Sums over the keys of a place, means over its queries, in float64 as the server has it. */
function merged(head, hidden, { places: down, units: queries }, { places: across, units: keys }, { renormalise }) {
  const plane = new Float32Array(down.length * across.length);
  const grown = renormalise && factorsOf(head, hidden);
  let at = 0;
  for (const row of down) {
    for (const column of across) {
      let sum = 0;
      for (let query = queries[row]; query < queries[row + 1]; query += 1) {
        for (let key = keys[column]; key < keys[column + 1]; key += 1) {
          if (!hidden[key]) sum += Math.fround(head[query * hidden.length + key] * (grown ? grown[query] : 1));
        }
      }
      plane[at] = sum / (queries[row + 1] - queries[row]);
      at += 1;
    }
  }
  return plane;
}

/** How much the keys of each row that are left grow, so that it keeps its sum. */
function factorsOf(head, hidden) {
  const factors = new Float64Array(head.length / hidden.length);
  for (let query = 0; query < factors.length; query += 1) {
    let [sum, left] = [0, 0];
    for (let key = 0; key < hidden.length; key += 1) {
      const weight = head[query * hidden.length + key];
      sum += weight;
      if (!hidden[key]) left += weight;
    }
    factors[query] = left > 0 ? sum / left : 0;
  }
  return factors;
}

/** What is left in sight of these rows and columns, in place, in the order of the API's steps. */
function filtered(plane, rows, columns, { between, keep, off }) {
  const [queries, keys] = [rows, columns].map(({ places, tokens }) => places.map((place) => tokens[place]));
  if (between) applyBetween(plane, queries, keys, between);
  if (keep) applyKeep(plane, keys.length, keep);
  if (off) kindsIn(keys, off).forEach((isOff, column) => isOff && drop(plane, keys.length, column));
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

/** Whether each token, or word, is of these kinds ("special,first"). */
function kindsIn(tokens, kinds) {
  const tests = (kinds?.split(",") ?? []).map((kind) => HIDEABLE[kind]);
  return Uint8Array.from(tokens, (token) => tests.some((test) => test(token)));
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
