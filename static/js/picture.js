/** A head as it is drawn: bytes, their colours, which columns are off the scale or hidden, what is masked. */
import { binOf, cellBounds, holds } from "./bins.js";
import { pixel, pixelTable } from "./colour.js";
import { isHiding, isOff } from "./lens.js";
import { keysOf, keySpan, layerOf, queriesOf, querySpan, spanOf } from "./tokens.js";

/**
 * @param {string|null} [between]  the texts that are left in sight
 * @param {number} [top]  of the scale; else the largest weight of the block that is on it
 * @returns {{block: object, top: number, table: Uint32Array, sinkColumns: Uint8Array, sinks: object[],
 *   spans: Int32Array, inside: object, scale: string, reading: string, ramp: number[][], masked: number, outside: number}}
 * `spans` holds the first and last visible column of each row, `sinks` the keys off the scale or hidden, with
 * the queries that see them; `reading` says which of the two they are; `inside` holds the first and last row and
 * column of the texts that are left in sight.
 */
export function makePicture(block, analysis, view, { scale, sinks, between = null, colours }, top = null) {
  const [queries, keys] = [queriesOf(analysis, view.stack), keysOf(analysis, view.stack)];
  const [asking, asked] = [spanOf(queries, between?.[0]), spanOf(keys, between?.[1])];
  const layer = layerOf(analysis, view);
  const off = keys.filter((token) => isOff(sinks, token, view.stack)).map(({ index }) => index);
  const sinkColumns = offColumns(block, new Set(off));
  top ??= block.quantum * (largest(block, sinkColumns) / 255) ** 2;
  return {
    block,
    top,
    scale,
    reading: sinks,
    sinkColumns,
    sinks: off.filter((key) => key >= asked[0] && key < asked[1])
      .map((key) => ({ key, queries: both(querySpan(layer, key, queries.length), [asking[0], asking[1] - 1]) }))
      .filter(({ queries: [first, last] }) => first <= last),
    spans: visibleSpans(block, layer, keys.length),
    inside: { rows: binsOver(block.rowBins, asking), columns: binsOver(block.columnBins, asked) },
    ramp: colours.accentRamp,
    table: pixelTable(colours.accentRamp, scale, block.quantum, top),
    masked: pixel(colours.masked),
    outside: pixel(colours.outside),
    colours,
  };
}

/** The same on a scale that ends elsewhere. */
export const onScale = (picture, top) =>
  ({ ...picture, top, table: pixelTable(picture.ramp, picture.scale, picture.block.quantum, top) });

const both = (one, other) => [Math.max(one[0], other[0]), Math.min(one[1], other[1])];

/** First and last bin that hold any of the tokens [start, stop). */
function binsOver(bins, [start, stop]) {
  const first = start >= bins.at(-1) ? bins.length - 1 : binOf(bins, start);
  return [first, stop <= bins[0] ? -1 : binOf(bins, stop - 1)];
}

/** Columns that hold nothing but sinks. Where others share a bin with one, its own weight is left out. */
function offColumns({ columns, columnBins }, off) {
  return Uint8Array.from({ length: columns }, (_, column) => {
    let key = columnBins[column];
    while (key < columnBins[column + 1] && off.has(key)) key += 1;
    return Number(key === columnBins[column + 1]);
  });
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
  const spans = new Int32Array(rows * 2);
  let [first, last] = [0, -1];
  for (let row = 0; row < rows; row += 1) {
    const low = keySpan(layer, rowBins[row], keys)[0];
    const high = keySpan(layer, rowBins[row + 1] - 1, keys)[1];
    while (first < columns && columnBins[first + 1] <= low) first += 1;
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

/** Whether a filter between texts leaves nothing of a cell. */
export const isOutside = ({ inside: { rows, columns } }, row, column) =>
  row < rows[0] || row > rows[1] || column < columns[0] || column > columns[1];

/** Whether a cell is of a key that was taken out: its 0 is no weight of the model. */
export const isHidden = ({ sinkColumns, reading }, column) => Boolean(sinkColumns[column]) && isHiding(reading);

/** The finest of these pictures, the whole head first, that holds a pair of tokens. */
export const finest = (pictures, place) => pictures.findLast(({ block }) => holds(block, place));

/** Tokens {queries: [start, stop), keys: [start, stop)} of the cell that is drawn for a pair. */
export function boundsAt(pictures, place) {
  const { block } = finest(pictures, place);
  return cellBounds(block, { row: binOf(block.rowBins, place.query), column: binOf(block.columnBins, place.key) });
}

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
