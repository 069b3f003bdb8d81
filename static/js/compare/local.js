/**
 * The comparisons of a saved page (see datasource.js): two heads of the one analysis that is in it, worked out
 * here from the weights that it holds.
 */

import { edgesOf } from "../units.js";

/** Weights of one side that a ranking reads; rows are sampled where there are more. */
const BUDGET = 1 << 22;
const FEWEST_ROWS = 8;

/** @param attention  (id, query) => {data, shape}, as the page's source of numbers has it */
export function createLocalComparison(analysis, attention) {
  const stackOf = (name) => analysis.stacks.find((stack) => stack.name === name);
  const unitsOf = ({ queries, keys }, unit = "token") => [queries, keys].map((axis) => unitsAlong(analysis, axis, unit));

  return {
    async alignment(id, other, { stack, unit = "token" }) {
      const [queries, keys] = unitsOf(stackOf(stack), unit).map((units) => units.map((tokens) => [...tokens, ...tokens]));
      return { unit, queries, keys };
    },

    async comparison(id, other, query) {
      const both = [[query.layer, query.head], [query.other_layer, query.other_head]].map(([layers, heads]) =>
        attention(id, askedFor(query, { layers, ...(heads !== undefined && { heads }) })));
      const [a, b] = await Promise.all(both);
      const { shape: [, , rows, columns] } = a;
      const apart = a.data.map((weight, at) => weight - b.data[at]);
      const { absolute, divergence } = distance(a.data, b.data, columns);
      return {
        ...inDtype([a.data, b.data, apart], query.dtype),
        shape: [3, 1, rows, columns],
        meta: {
          scale: scalesOf([a.data, b.data, apart]), query_bins: null, key_bins: null,
          rows, aligned: rows, mean_abs: absolute, jsd: query.reduce === "heads-max" ? null : divergence,
        },
      };
    },

    async ranking(id, other, query) {
      const { layers, ...stack } = stackOf(query.stack);
      const [rows, columns] = unitsOf(stack, query.unit).map(({ length }) => length);
      const heads = layers.reduce((sum, each) => sum + each.heads, 0);
      const read = Math.min(rows, Math.max(FEWEST_ROWS, Math.floor(BUDGET / (heads * columns))));
      const queries = Array.from({ length: read }, (_, i) => Math.floor(((i + 0.5) * rows) / read)).map((row) => `${row}:${row + 1}`).join();
      const weights = async (layer, head) => (await attention(id, askedFor({ ...query, queries }, { layers: layer, heads: head }))).data;
      const one = await weights(query.layer, query.head);
      const found = await Promise.all(layers.map(({ index, heads: count }) => Promise.all(
        Array.from({ length: count }, async (_, head) => distance(one, await weights(index, head), columns)))));
      return {
        layers: layers.map(({ index }) => index),
        mean_abs: found.map((row) => row.map(({ absolute }) => absolute)),
        jsd: found.map((row) => row.map(({ divergence }) => divergence)),
        rows: read,
        aligned: rows,
      };
    },
  };
}

/** Its tokens or words, as tokens [start, stop). */
function unitsAlong(analysis, axis, unit) {
  const edges = Array.from(edgesOf(analysis, axis, unit));
  return edges.slice(1).map((stop, at) => [edges[at], stop]);
}

/** What the two sides are asked for; all cells are here, so that no picture needs bins. */
function askedFor(query, more) {
  const same = ["stack", "hide", "renormalise", "unit", "queries", "reduce"].filter((name) => query[name] !== undefined);
  return { dtype: "float32", ...Object.fromEntries(same.map((name) => [name, query[name]])), ...more };
}

/** Mean absolute difference and mean Jensen-Shannon divergence in bits; what rows lack of 1 counts as one more key. */
function distance(a, b, columns) {
  let [absolute, divergence] = [0, 0];
  for (let start = 0; start < a.length; start += columns) {
    let [p, q] = [1, 1];
    for (let at = start; at < start + columns; at += 1) {
      absolute += Math.abs(a[at] - b[at]);
      divergence += termOf(a[at], b[at]);
      p -= a[at];
      q -= b[at];
    }
    divergence += termOf(Math.max(p, 0), Math.max(q, 0));
  }
  return { absolute: absolute / a.length, divergence: (divergence * columns) / a.length };
}

function termOf(p, q) {
  const middle = (p + q) / 2;
  return ((p && p * Math.log2(p / middle)) + (q && q * Math.log2(q / middle))) / 2;
}

const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;

function scalesOf([a, b, apart]) {
  const top = Math.max(largest(a), largest(b));
  return [top, top, largest(apart)];
}

function inDtype(planes, dtype) {
  const scales = scalesOf(planes);
  const data = new (dtype === "int8" ? Int8Array : Float32Array)(3 * planes[0].length);
  planes.forEach((plane, i) => data.set(
    dtype === "int8" ? plane.map((value) => Math.sign(value) * Math.round(127 * Math.sqrt(Math.abs(value) / scales[i]))) : plane, i * plane.length));
  return { data };
}
