/** A head as it is drawn: bytes, their colours, which columns are off the scale, what is masked. */
import { pixel, pixelTable } from "./colour.js";
import { isSink, keysOf, keySpan, layerOf } from "./tokens.js";

/**
 * @returns {{block: object, top: number, table: Uint32Array, sinkColumns: Uint8Array,
 *   spans: Uint32Array, scale: string, ramp: number[][], masked: number}}
 * `spans` holds the first and last visible column of each row; `top` the largest weight on the scale.
 */
export function makePicture(block, analysis, view, { scale, sinks, colours }) {
  const keys = keysOf(analysis, view.stack);
  const sinkColumns = new Uint8Array(block.columns);
  if (sinks === "off") markSinks(sinkColumns, block, keys, view.stack);
  const top = block.quantum * (largest(block, sinkColumns) / 255) ** 2;
  return {
    block,
    top,
    scale,
    sinkColumns,
    spans: visibleSpans(block, layerOf(analysis, view), keys.length),
    ramp: colours.accentRamp,
    table: pixelTable(colours.accentRamp, scale, block.quantum, top),
    masked: pixel(colours.masked),
    colours,
  };
}

/** A bin is off the scale when it holds a sink. */
function markSinks(columns, { columnBins }, keys, stack) {
  for (let column = 0; column < columns.length; column += 1) {
    for (let key = columnBins[column]; key < columnBins[column + 1]; key += 1) {
      if (isSink(keys[key], stack)) columns[column] = 1;
    }
  }
}

function largest({ rows, columns, bytes }, sinkColumns) {
  let top = 0;
  for (let row = 0, at = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, at += 1) {
      if (bytes[at] > top && !sinkColumns[column]) top = bytes[at];
    }
  }
  return top;
}

function visibleSpans({ rows, rowBins, columns, columnBins }, layer, keys) {
  const spans = new Uint32Array(rows * 2);
  let [first, last] = [0, 0];
  for (let row = 0; row < rows; row += 1) {
    const low = keySpan(layer, rowBins[row], keys)[0];
    const high = keySpan(layer, rowBins[row + 1] - 1, keys)[1];
    while (first < columns - 1 && columnBins[first + 1] <= low) first += 1;
    while (last < columns - 1 && columnBins[last + 1] <= high) last += 1;
    spans[2 * row] = first;
    spans[2 * row + 1] = last;
  }
  return spans;
}

/** Weight of a cell as it is drawn, that is to a few percent. */
export const drawnWeight = ({ block }, row, column) =>
  block.quantum * (block.bytes[row * block.columns + column] / 255) ** 2;

export const isMasked = ({ spans }, row, column) =>
  column < spans[2 * row] || column > spans[2 * row + 1];

/** Row and column of the largest cell on the scale; within one row when it is given. */
export function strongest({ block, sinkColumns }, onlyRow = null) {
  let [best, found] = [-1, 0];
  const [from, to] = onlyRow === null ? [0, block.rows] : [onlyRow, onlyRow + 1];
  for (let at = from * block.columns; at < to * block.columns; at += 1) {
    if (block.bytes[at] > best && !sinkColumns[at % block.columns]) {
      best = block.bytes[at];
      found = at;
    }
  }
  return { row: Math.floor(found / block.columns), column: found % block.columns };
}
