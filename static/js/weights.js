/** The attention of one analysis: asks for the smallest block that a view needs, and keeps a few. */
import { blockOf, sampled } from "./bins.js";
import { createGate } from "./gate.js";
import { lensOf, sinksOf } from "./lens.js";
import { Lru } from "./lru.js";
import { createThumbnails } from "./thumbnails.js";
import { keysOf, layerOf, queriesOf } from "./tokens.js";

/** Above this many tokens a head is drawn from size x size bins, and finer where one looks closer. */
export const HEAD_SIZE = 512;
/** Cells of a tile, each way. */
export const TILE = 256;
const HELD_HEADS = 24;
const HELD_TILES = 240;
const HELD_ROWS = 400;

/** Parameters of the API that choose what one view shows. */
export function viewQuery({ stack, layer, head, show }) {
  if (show === "head") return { stack, layers: layer, heads: head };
  return { stack, layers: layer, reduce: `heads-${show}` };
}

/** What one view draws, as a key. */
export const viewKey = ({ stack, layer, head, show }) =>
  `${stack} ${layer} ${show === "head" ? head : show}`;

/** @param lens  fields of the store by which attention is read (lens.js) */
export function createWeights(source, analysis, lens) {
  const heads = new Lru(HELD_HEADS);
  const tiles = new Lru(HELD_TILES);
  const small = new Lru(HELD_ROWS);
  const thumbnails = new Map();
  const gate = createGate();

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

  const asRead = (query) => ({ ...query, ...lensOf(lens, query.stack) });
  const askRaw = (query, signal) => again(() => source.attention(analysis.id, query, signal), signal);
  const askAside = (query, signal) => askRaw(asRead(query), signal);
  const ask = (query, signal) => gate.first(() => askAside(query, signal));

  /** Small answers are kept as promises, so that two views share one request. */
  function kept(query) {
    const key = JSON.stringify(query);
    let answer = small.get(key);
    if (!answer) {
      answer = gate.first(() => askRaw(query));
      answer.catch(() => small.delete(key));
      small.set(key, answer);
    }
    return answer;
  }

  /** Numbers of the model itself, whatever the lens. */
  const unread = (query) => kept({ ...query, dtype: "float32" });
  const exactly = (query) => unread(asRead(query));

  const isLong = (stack) => Math.max(queriesOf(analysis, stack).length, keysOf(analysis, stack).length) > HEAD_SIZE;

  /**
   * How a view is asked for. In a bin of many keys a sink would hide the rest: where sinks are off
   * the scale, the server leaves them out of the bins of a long text.
   */
  function drawn({ stack, pool = "max", sinks }) {
    if (!isLong(stack)) return { dtype: "uint8", pool: "max" };
    return { dtype: "uint8", pool, ...(sinks === "off" && { hide: sinksOf(stack) }) };
  }

  const headKey = (view) => `${viewKey(view)} ${JSON.stringify(drawn(view))}`;

  return {
    lens,
    isLong,

    /** All heads as thumbnails (thumbnails.js). */
    thumbnails(stack) {
      if (!thumbnails.has(stack)) {
        const of = { stack, dtype: "uint8", pool: "max", ...(isLong(stack) && { hide: sinksOf(stack) }) };
        thumbnails.set(stack, createThumbnails(analysis, stack, {
          inSteps: isLong(stack),
          ask: (query, signal) => ask({ ...of, ...query }, signal),
          askAside: (query, signal) => gate.aside((own) => askAside({ ...of, ...query }, own), signal),
        }));
      }
      return thumbnails.get(stack);
    },

    /** What is asked for in the background, while something else is analysed. */
    pause: () => thumbnails.forEach((each) => each.pause()),
    resume: () => thumbnails.forEach((each) => each.resume()),

    heldHead: (view) => heads.get(headKey(view)),

    /** One head (or the mean or maximum of its layer) for drawing, in bytes. */
    async head(view, signal) {
      const held = heads.get(headKey(view));
      if (held) return held;
      const block = blockOf(await ask({ ...viewQuery(view), size: HEAD_SIZE, ...drawn(view) }, signal));
      heads.set(headKey(view), block);
      return block;
    },

    /** A first, rough picture of one head of a long text, from its thumbnail, if it is there. */
    coarse(view) {
      if (view.show !== "head" || view.pool !== "max" || !isLong(view.stack)) return null;
      const row = analysis.stacks.find(({ name }) => name === view.stack).layers.indexOf(layerOf(analysis, view));
      return this.thumbnails(view.stack).block(row, view.head);
    },

    heldTile: (view, at) => tiles.get(`${headKey(view)} ${at.join()}`),

    /** A part of a head for drawing, in at most TILE x TILE cells; bounds are [start, stop). */
    async tile(view, [q0, q1, k0, k1], signal) {
      const answer = await ask({
        ...viewQuery(view), queries: `${q0}:${q1}`, keys: `${k0}:${k1}`, size: TILE, ...drawn(view),
      }, signal);
      const block = blockOf(answer);
      tiles.set(`${headKey(view)} ${[q0, q1, k0, k1].join()}`, block);
      return block;
    },

    /** Float32 weights of one query over all keys. */
    row: async (view, query) =>
      (await exactly({ ...viewQuery(view), queries: `${query}:${query + 1}` })).data,

    /** Float32 weights that all queries give to one key. */
    column: async (view, key) =>
      (await exactly({ ...viewQuery(view), keys: `${key}:${key + 1}` })).data,

    /** Float32 weights of a few neighbouring cells, row by row; bounds are [start, stop). */
    cells: async (view, [q0, q1], [k0, k1], hide = {}) =>
      (await exactly({ ...viewQuery(view), queries: `${q0}:${q1}`, keys: `${k0}:${k1}`, ...hide })).data,

    /** The largest cell of a bin as it is drawn, {query, key, weight}; bounds are [start, stop). */
    async largest(view, queries, keys) {
      const { hide } = drawn(view);
      const cells = await this.cells(view, queries, keys, hide && { hide });
      const at = cells.reduce((best, weight, i) => (weight > cells[best] ? i : best), 0);
      const width = keys[1] - keys[0];
      return { query: queries[0] + Math.floor(at / width), key: keys[0] + (at % width), weight: cells[at] };
    },

    /** One weight in every head: [layer][head]. */
    pair: async (stack, query, key) => (await exactly(
      { stack, queries: `${query}:${query + 1}`, keys: `${key}:${key + 1}` })).data,

    /**
     * Of each head one number [layer][head] without its sinks: the largest weight, or the mean. Of a
     * long text those of a few sampled rows.
     */
    offSinks: async (stack, pool) => (await unread({
      stack, hide: sinksOf(stack), size: 1, pool,
      ...(isLong(stack) && { queries: sampled(queriesOf(analysis, stack).length) }),
    })).data,

    /**
     * Share of the attention of each head of a layer, mean over its queries, that one key takes. Of
     * a long text only that of the open head is worked out.
     */
    async keyShare({ stack, layer, head, show }, key) {
      const one = isLong(stack) && show === "head";
      const { data } = await unread({
        stack, layers: layer, ...(one && { heads: head }), keys: `${key}:${key + 1}`, size: 1, pool: "mean",
      });
      return one ? { [head]: data[0] } : data;
    },

    /** How one query comes to its weights on some keys, a list of [start, stop). */
    arithmetic: source.arithmetic && (({ stack, layer, head }, query, keys, signal) => again(() => source.arithmetic(analysis.id,
      { stack, layer, head, query, keys: keys.map((range) => range.join(":")).join() }, signal), signal)),

    verify: source.verify && ((view) => again(() => source.verify(
      analysis.id, { stack: view.stack, layers: [view.layer], heads: [view.head] }))),

    /** A file that the API makes of this analysis; `query` is the whole question. */
    file: (call, query) => again(() => source.file(analysis.id, call, query)),
  };
}
