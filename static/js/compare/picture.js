/** A comparison as it is drawn: three planes of bytes, their colours, what is masked and what has no counterpart. */
import { edges } from "../bins.js";
import { colourAt, pixel, place } from "../colour.js";
import { keySpan } from "../tokens.js";

const STEPS = 127;

/**
 * @param answer  {data, meta} of bytes (pair.js)
 * @param axes    {queries, keys} (axis.js)
 * @param layers  of A and of B, whose masks these are
 */
export function makeComparison({ data, shape: [, , rows, columns], meta }, axes, layers, { scale, sinks, colours }) {
  const [rowBins, columnBins] = [edges(meta.query_bins, rows), edges(meta.key_bins, columns)];
  const planes = [0, 1, 2].map((at) => data.subarray(at * rows * columns, (at + 1) * rows * columns));
  const off = sinks === "off" ? anyIn(axes.keys.sinks, columnBins).map((all) => all) : new Uint8Array(columns);
  const quanta = meta.scale;
  const tops = planes.map((plane, at) => quanta[at] * (largest(plane, columns, off) / STEPS) ** 2);
  const top = Math.max(tops[0], tops[1]);
  const apart = tops[2];
  const has = (axis, bins) => [...axis.has, axis.both].map((side) => anyIn(side, bins));
  const down = has(axes.queries, rowBins);
  const across = has(axes.keys, columnBins);
  return {
    rows, columns, rowBins, columnBins, axes, colours, scale, top, apart,
    clipped: off.some(Boolean) && planes.some((plane, at) => quanta[at] * (largest(plane, columns, new Uint8Array(columns)) / STEPS) ** 2
      > (at === 2 ? apart : top)),
    meanAbs: meta.mean_abs,
    jsd: meta.jsd,
    panels: planes.map((plane, at) => ({
      plane,
      table: at === 2
        ? tableOf(colours.signedRamps.more, colours.signedRamps.less, scale, quanta[2], apart)
        : tableOf(colours.accentRamp, colours.accentRamp, scale, quanta[at], top),
      masked: pixel(colours.masked),
      down: down[at],
      across: across[at],
      spans: spansOf(axes, at === 2 ? [0, 1] : [at], layers, rowBins, columnBins),
      weight: (row, column) => {
        const byte = plane[row * columns + column];
        return Math.sign(byte) * quanta[at] * (byte / STEPS) ** 2;
      },
    })),
  };
}

/** Whether any slot of each bin is marked. */
const anyIn = (marks, bins) => Uint8Array.from({ length: bins.length - 1 }, (_, bin) =>
  Number(marks.subarray(bins[bin], bins[bin + 1]).some(Boolean)));

function largest(plane, columns, off) {
  let most = 0;
  for (let at = 0; at < plane.length; at += 1) {
    const size = Math.abs(plane[at]);
    if (size > most && !off[at % columns]) most = size;
  }
  return most;
}

/** A colour by byte, as canvas pixels; the byte as an unsigned one. */
function tableOf(more, less, scale, quantum, top) {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    const signed = byte > STEPS ? byte - 256 : byte;
    const share = place(scale, quantum * (signed / STEPS) ** 2, top);
    return pixel(colourAt(signed < 0 ? less : more, share));
  });
}

/** First and last column of each row that a model can see, of all these sides. */
function spansOf({ queries, keys }, sides, layers, rowBins, columnBins) {
  const rows = rowBins.length - 1;
  const spans = new Int32Array(2 * rows);
  for (let row = 0; row < rows; row += 1) {
    const seen = sides.map((side) => spanOf(side, layers[side], [rowBins[row], rowBins[row + 1]]));
    spans[2 * row] = Math.max(...seen.map(([first]) => first));
    spans[2 * row + 1] = Math.min(...seen.map(([, last]) => last));
  }
  return spans;

  function spanOf(side, layer, [from, to]) {
    if (!layer.causal && !layer.window) return [0, columnBins.length - 2];
    const [low] = keySpan(layer, queries.span(side, from)[0], Infinity);
    const [, high] = keySpan(layer, Math.max(0, queries.span(side, to - 1)[1] - 1), Infinity);
    let [first, last] = [0, columnBins.length - 2];
    while (first < last && keys.span(side, columnBins[first + 1] - 1)[1] <= low) first += 1;
    while (last > first && keys.span(side, columnBins[last])[0] > high) last -= 1;
    return [first, last];
  }
}
