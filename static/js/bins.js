/** Bins: a picture of many tokens has cells that stand for several of them. */

/** Bounds of the bins [start, stop, count], or of single tokens: bin i is edges[i] .. edges[i+1]. */
export function edges(bins, length) {
  const [start, stop, count] = bins ?? [0, length, length];
  return Uint32Array.from({ length: count + 1 }, (_, i) =>
    start + Math.floor((i * (stop - start)) / count));
}

/** Cells of a thumbnail, each way. */
export const SIZE = 32;

/** The row in the middle of each bin of a thumbnail, as the API has ranges: it stands for all of the bin. */
export function sampled(length) {
  const bins = edges([0, length, SIZE]);
  return Array.from({ length: SIZE }, (_, i) => Math.floor((bins[i] + bins[i + 1]) / 2))
    .map((row) => `${row}:${row + 1}`).join();
}

/** The bin that holds a token. */
export function binOf(bins, token) {
  let [low, high] = [0, bins.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (bins[middle] <= token) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Tokens [start, stop) of a cell's row and column. */
export const cellBounds = ({ rowBins, columnBins }, { row, column }) => ({
  queries: [rowBins[row], rowBins[row + 1]],
  keys: [columnBins[column], columnBins[column + 1]],
});

export const isPooled = ({ rows, rowBins, columns, columnBins }) =>
  rowBins.at(-1) - rowBins[0] > rows || columnBins.at(-1) - columnBins[0] > columns;

/** Most queries and keys that one cell stands for. */
export const cellSize = ({ rows, rowBins, columns, columnBins }) =>
  [Math.ceil((rowBins.at(-1) - rowBins[0]) / rows), Math.ceil((columnBins.at(-1) - columnBins[0]) / columns)];

/**
 * How coarse these blocks are together: most queries and keys that one of their cells stands for, and
 * whether one of them is rough: it stands in for its exact cells (weights.js).
 */
export function grainOf(blocks) {
  const sizes = blocks.map(cellSize);
  const most = (axis) => Math.max(...sizes.map((size) => size[axis]));
  return { size: [most(0), most(1)], rough: blocks.find(({ rough }) => rough) ?? null };
}

/**
 * Mean or maximum of blocks of the same bins, cell by cell, in bytes again.
 *
 * @param {"mean"|"max"} how
 */
export function merged(blocks, how) {
  const quantum = Math.max(...blocks.map((block) => block.quantum));
  const bytes = blocks[0].bytes.map((_, at) => {
    const weights = blocks.map((block) => block.quantum * (block.bytes[at] / 255) ** 2);
    const weight = how === "max" ? Math.max(...weights) : weights.reduce((sum, each) => sum + each) / weights.length;
    return Math.round(255 * Math.sqrt(weight / quantum));
  });
  return { ...blocks[0], quantum, bytes };
}

/** One head of an answer [layer][head][row][column] in bytes, for drawing. */
export function blockOf({ data, shape: [, heads, rows, columns], meta }, layer = 0, head = 0) {
  const start = (layer * heads + head) * rows * columns;
  return {
    rows,
    columns,
    bytes: data.subarray(start, start + rows * columns),
    quantum: meta.scale[layer][head],
    rowBins: edges(meta.query_bins, rows),
    columnBins: edges(meta.key_bins, columns),
  };
}

/** Whether a block reaches over this pair of tokens. */
export const holds = ({ rowBins, columnBins }, { query, key }) =>
  query >= rowBins[0] && query < rowBins.at(-1) && key >= columnBins[0] && key < columnBins.at(-1);
