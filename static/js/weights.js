/** The attention of one analysis: asks for the smallest block that a view needs, and keeps a few. */
import { Lru } from "./lru.js";

/** Above this many tokens a head is drawn from size x size maxima. */
const HEAD_SIZE = 512;
const OVERVIEW_SIZE = 32;
const HELD_HEADS = 24;
const HELD_ROWS = 400;

/** Parameters of the API that choose what one view shows. */
function viewQuery({ stack, layer, head, show }) {
  if (show === "head") return { stack, layers: layer, heads: head };
  return { stack, layers: layer, reduce: `heads-${show}` };
}

/** What one view draws, as a key. */
export const viewKey = ({ stack, layer, head, show }) =>
  `${stack} ${layer} ${show === "head" ? head : show}`;

export function createWeights(source, analysis) {
  const heads = new Lru(HELD_HEADS);
  const small = new Lru(HELD_ROWS);

  /** An analysis that the server let go is posted again: the same request has the same id. */
  async function again(call, signal) {
    try {
      return await call();
    } catch (error) {
      if (error.name !== "analysis-gone") throw error;
      await source.analyse(analysis.request, signal);
      return call();
    }
  }

  const ask = (query, signal) => again(() => source.attention(analysis.id, query, signal), signal);

  /** Small answers are kept as promises, so that two views share one request. */
  function kept(query) {
    const key = JSON.stringify(query);
    let answer = small.get(key);
    if (!answer) {
      answer = ask(query);
      answer.catch(() => small.delete(key));
      small.set(key, answer);
    }
    return answer;
  }

  const exactly = (query) => kept({ ...query, dtype: "float32" });

  const drawn = { dtype: "uint8", pool: "max" };

  return {
    /** Every head as a thumbnail: bytes [layer][head][row][column] with w = (u / 255)^2 of scale. */
    overview: (stack) => kept({ stack, size: OVERVIEW_SIZE, ...drawn }),

    heldHead: (view) => heads.get(viewKey(view)),

    /** One head (or the mean or maximum of its layer) for drawing, in bytes. */
    async head(view, signal) {
      const held = heads.get(viewKey(view));
      if (held) return held;
      const block = toBlock(await ask({ ...viewQuery(view), size: HEAD_SIZE, ...drawn }, signal));
      heads.set(viewKey(view), block);
      return block;
    },

    /** Float32 weights of one query over all keys. */
    row: async (view, query) =>
      (await exactly({ ...viewQuery(view), queries: `${query}:${query + 1}` })).data,

    /** Float32 weights that all queries give to one key. */
    column: async (view, key) =>
      (await exactly({ ...viewQuery(view), keys: `${key}:${key + 1}` })).data,

    /** Float32 weights of a few neighbouring cells, row by row; bounds are [start, stop). */
    cells: async (view, [q0, q1], [k0, k1]) =>
      (await exactly({ ...viewQuery(view), queries: `${q0}:${q1}`, keys: `${k0}:${k1}` })).data,

    /** The largest cell of a bin, {query, key, weight}; bounds are [start, stop). */
    async largest(view, queries, keys) {
      const cells = await this.cells(view, queries, keys);
      const at = cells.indexOf(Math.max(...cells));
      const width = keys[1] - keys[0];
      return { query: queries[0] + Math.floor(at / width), key: keys[0] + (at % width), weight: cells[at] };
    },

    /** One weight in every head: [layer][head]. */
    pair: async (stack, query, key) => (await exactly(
      { stack, queries: `${query}:${query + 1}`, keys: `${key}:${key + 1}` })).data,

    /** Of each head one number [layer][head] without its sinks: the largest weight, or the mean. */
    offSinks: async (stack, pool) => (await exactly(
      { stack, hide: stack === "decoder" ? "special,first" : "special", size: 1, pool })).data,

    /** Share of the attention of each head of a layer, mean over its queries, that one key takes. */
    keyShare: async ({ stack, layer }, key) =>
      (await exactly({ stack, layers: layer, keys: `${key}:${key + 1}`, size: 1, pool: "mean" })).data,

    /** How one query comes to its weights on some keys, a list of [start, stop). */
    arithmetic: source.arithmetic && (({ stack, layer, head }, query, keys, signal) => again(() => source.arithmetic(analysis.id,
      { stack, layer, head, query, keys: keys.map((range) => range.join(":")).join() }, signal), signal)),

    verify: source.verify && ((view) => again(() => source.verify(
      analysis.id, { stack: view.stack, layers: [view.layer], heads: [view.head] }))),

    /** The weights of a view as a file, straight from the API. */
    file: (view, format) => again(() => source.file(
      analysis.id, { ...viewQuery(view), format, dtype: "float32" })),
  };
}

function toBlock({ data, shape, meta }) {
  const [, , rows, columns] = shape;
  return {
    rows,
    columns,
    bytes: data,
    quantum: meta.scale[0][0],
    rowBins: edges(meta.query_bins, rows),
    columnBins: edges(meta.key_bins, columns),
  };
}

/** Bounds of the bins [start, stop, count], or of single tokens: bin i is edges[i] .. edges[i+1]. */
export function edges(bins, length) {
  const [start, stop, count] = bins ?? [0, length, length];
  return Uint32Array.from({ length: count + 1 }, (_, i) =>
    start + Math.floor((i * (stop - start)) / count));
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

export const isPooled = (block) =>
  block.rowBins.at(-1) > block.rows || block.columnBins.at(-1) > block.columns;
