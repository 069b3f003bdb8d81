/** A comparison as it is drawn: three planes of bytes, their colours, what is masked and what has no counterpart. */
import { edges } from "../bins.js";
import { colourAt, pixel, place } from "../colour.js";
import { keySpan } from "../tokens.js";

const STEPS = 127;

/**
 * @param answer  {data, shape, meta} of bytes (pair.js)
 * @param axes    {queries, keys} (axis.js)
 * @param layers  of A and of B, whose masks these are
 */
export function makeComparison({ data, shape: [, , rows, columns], meta }, axes, layers, { scale, sinks, colours }) {
  const [rowBins, columnBins] = [edges(meta.query_bins, rows), edges(meta.key_bins, columns)];
  const planes = [0, 1, 2].map((at) => data.subarray(at * rows * columns, (at + 1) * rows * columns));
  const weightOf = (at, byte) => Math.sign(byte) * meta.scale[at] * (byte / STEPS) ** 2;
  const off = sinks === "off" ? anyIn(axes.keys.sinks, columnBins) : new Uint8Array(columns);
  const largest = planes.map((plane, at) => largestOf(plane, off).map((byte) => weightOf(at, byte)));
  const top = Math.max(largest[0][0], largest[1][0]);
  const apart = largest[2][0];
  const presence = (axis, bins) => [...axis.has, axis.both].map((side) => anyIn(side, bins));
  const [down, across] = [presence(axes.queries, rowBins), presence(axes.keys, columnBins)];
  const seen = [0, 1].map((side) => spansOf(side, layers[side], axes, rowBins, columnBins));
  const { more, less } = colours.signedRamps;
  const tables = [top, top, apart].map((most, at) => (at === 2
    ? tableOf(more, less, (byte) => place(scale, Math.abs(weightOf(at, byte)), most))
    : tableOf(colours.accentRamp, colours.accentRamp, (byte) => place(scale, Math.abs(weightOf(at, byte)), most))));
  return {
    rows, columns, rowBins, columnBins, axes, colours, scale, top, apart,
    beyond: largest.some(([, all], at) => all > (at === 2 ? apart : top)),
    meanAbs: meta.mean_abs,
    jsd: meta.jsd,
    sampled: meta.rows < meta.aligned && [meta.rows, meta.aligned],
    panels: planes.map((plane, at) => ({
      plane,
      table: tables[at],
      masked: pixel(colours.masked),
      down: down[at],
      across: across[at],
      spans: at === 2 ? within(...seen) : seen[at],
      weight: (row, column) => weightOf(at, plane[row * columns + column]),
    })),
  };
}

/** Whether any slot of each bin is marked. */
const anyIn = (marks, bins) => Uint8Array.from({ length: bins.length - 1 }, (_, bin) =>
  Number(marks.subarray(bins[bin], bins[bin + 1]).some(Boolean)));

/** Bytes that are farthest from 0, without their sign: on the scale, and of all. */
function largestOf(plane, off) {
  let on = 0;
  let all = 0;
  for (let row = 0; row < plane.length; row += off.length) {
    for (let column = 0; column < off.length; column += 1) {
      const size = Math.abs(plane[row + column]);
      if (size > all) all = size;
      if (size > on && !off[column]) on = size;
    }
  }
  return [on, all];
}

/** A colour by byte, as canvas pixels; the byte as an unsigned one. */
function tableOf(more, less, shareOf) {
  return Uint32Array.from({ length: 256 }, (_, unsigned) => {
    const byte = unsigned > STEPS ? unsigned - 256 : unsigned;
    return pixel(colourAt(byte < 0 ? less : more, shareOf(byte)));
  });
}

/** First and last column of each row that a side's model can see. */
function spansOf(side, layer, { queries, keys }, rowBins, columnBins) {
  const columns = columnBins.length - 1;
  const starts = Array.from({ length: columns }, (_, bin) => keys.span(side, columnBins[bin])[0]);
  const stops = Array.from({ length: columns }, (_, bin) => keys.span(side, columnBins[bin + 1] - 1)[1]);
  const spans = new Int32Array(2 * (rowBins.length - 1));
  let [first, last] = [0, -1];
  for (let row = 0; 2 * row < spans.length; row += 1) {
    const low = keySpan(layer, queries.span(side, rowBins[row])[0], Infinity)[0];
    const high = keySpan(layer, Math.max(0, queries.span(side, rowBins[row + 1] - 1)[1] - 1), Infinity)[1];
    while (first < columns - 1 && stops[first] <= low) first += 1;
    while (last < columns - 1 && starts[last + 1] <= high) last += 1;
    spans[2 * row] = first;
    spans[2 * row + 1] = last;
  }
  return spans;
}

/** What both can see. */
const within = (a, b) => a.map((at, i) => (i % 2 ? Math.min(at, b[i]) : Math.max(at, b[i])));
