/** The attention of one analysis: asks for the smallest block that a view needs, and keeps a few. */
import { blockOf, merged, sampled } from "./bins.js";
import { createPair } from "./compare/pair.js";
import { createGate } from "./gate.js";
import { again as repost } from "./gone.js";
import { hidingOf, lensOf, sinksOf, unitOf } from "./lens.js";
import { Lru } from "./lru.js";
import { createMeasures } from "./measures.js";
import { problem } from "./problems.js";
import { countOf } from "./ranges.js";
import { createThumbnails } from "./thumbnails.js";
import { isSink, keysOf, layerOf, queriesOf, stackOf } from "./tokens.js";

/** Above this many tokens a head is drawn from size x size bins, and finer where one looks closer. */
export const HEAD_SIZE = 512;
/** Cells of a tile, each way. */
export const TILE = 256;
const HELD_HEADS = 24;
const HELD_SMALL = 300;
const HELD_TILES = 240;
const HELD_ROWS = 400;
/** Weights of a band of neighbouring rows, and how many such bands are kept. */
const BAND = 32_768;
const HELD_BANDS = 96;
const HELD_PAIRS = 3;
/** Weights of all heads that one number of each is made of: some seconds of the server. */
const MOST_OF_SETS = 1 << 26;

/** Parameters of the API that choose what one view shows. */
export function viewQuery({ stack, layer, head, show }) {
  if (show === "head") return { stack, layers: layer, heads: head };
  return { stack, layers: layer, reduce: `heads-${show}` };
}

/** A place, or ranges of places, as parameters of the API; several count as one (sets.js). */
export function placed({ queries, keys }) {
  const asked = { ...(queries !== undefined && { queries: rangeOf(queries) }), ...(keys !== undefined && { keys: rangeOf(keys) }) };
  const sets = Object.keys(asked).filter((axis) => countOf(asked[axis]) > 1);
  return sets.length ? { ...asked, sets: sets.join() } : asked;
}

const rangeOf = (place) => (typeof place === "number" ? `${place}:${place + 1}` : place);

/** What one view draws, as a key. */
export const viewKey = ({ stack, layer, head, show }) =>
  `${stack} ${layer} ${show === "head" ? head : show}`;

/** @param lens  fields of the store by which attention is read (lens.js) */
export function createWeights(source, analysis, lens) {
  const heads = new Lru(HELD_HEADS);
  const tiles = new Lru(HELD_TILES);
  const smallHeads = new Lru(HELD_SMALL);
  const small = new Lru(HELD_ROWS);
  const bands = new Lru(HELD_BANDS);
  const thumbnails = new Map();
  const measures = new Map();
  const pairs = new Lru(HELD_PAIRS);
  const gate = createGate();

  const again = (call, signal) => repost(source, [analysis.request], call, signal);

  const asRead = (query) => ({ ...query, ...lensOf(lens, query.stack) });
  const askRaw = (query, signal) => again(() => source.attention(analysis.id, query, signal), signal);
  const ask = (query, signal) => gate.first(() => askRaw(asRead(query), signal));

  /** Small answers are kept as promises, so that two views share one request. */
  function kept(query, where = small) {
    const key = JSON.stringify(query);
    let answer = where.get(key);
    if (!answer) {
      answer = gate.first(() => askRaw(query));
      answer.catch(() => where.delete(key));
      where.set(key, answer);
    }
    return answer;
  }

  /** Numbers of the model itself on its tokens, whatever the lens. */
  const own = (query, where) => kept({ ...query, dtype: "float32" }, where);
  /** The same in this unit. */
  const unread = (query, where) => own({ ...query, ...unitOf(lens) }, where);
  const exactly = (query, where) => unread(asRead(query), where);

  const isLong = (stack, size = HEAD_SIZE) => Math.max(queriesOf(analysis, stack).length, keysOf(analysis, stack).length) > size;

  /**
   * How a view is asked for. In a bin of many keys a sink would hide the rest: where sinks are off
   * the scale, the server leaves them out of the bins, after all that the lens does.
   */
  function drawn({ stack, pool = "max", sinks }, size = HEAD_SIZE) {
    return {
      dtype: "uint8", pool: isLong(stack) ? pool : "max", ...(sinks === "off" && isLong(stack, size) && { off: sinksOf(stack) }),
    };
  }

  /** What the server leaves out of one cell: a sink alone is what it is. */
  function leftOut(view, [start, stop], size) {
    const { off } = drawn(view, size);
    const sinksOnly = keysOf(analysis, view.stack).slice(start, stop).every((token) => isSink(token, view.stack));
    return off && !sinksOnly ? { off } : {};
  }

  const headKey = (view, size) => `${viewKey(view)} ${JSON.stringify(drawn(view, size))}`;

  return {
    lens,
    isLong,
    drawn,

    /** All heads as thumbnails (thumbnails.js). */
    thumbnails(stack) {
      if (!thumbnails.has(stack)) {
        const of = { stack, dtype: "uint8", pool: "max", ...(isLong(stack) && { off: sinksOf(stack) }) };
        thumbnails.set(stack, createThumbnails(analysis, stack, {
          inSteps: isLong(stack),
          ask: (query, signal) => ask({ ...of, ...query }, signal),
          askAside: (query, signal) => gate.aside((own) => source.attention(analysis.id, asRead({ ...of, ...query }), own), signal),
        }));
      }
      return thumbnails.get(stack);
    },

    /** What is asked for in the background, while something else is analysed. */
    pause: () => thumbnails.forEach((each) => each.pause()),
    resume: () => thumbnails.forEach((each) => each.resume()),

    /** The same for good: another analysis took its place. */
    close: () => thumbnails.forEach((each) => each.close()),

    heldHead: (view) => heads.get(headKey(view)),

    /** One head (or the mean or maximum of its layer) for drawing, in bytes. */
    async head(view, signal) {
      const held = heads.get(headKey(view));
      if (held) return held;
      const block = blockOf(await ask({ ...viewQuery(view), size: HEAD_SIZE, ...drawn(view) }, signal));
      heads.set(headKey(view), block);
      return block;
    },

    heldSmall: (view, size) => smallHeads.get(`${headKey(view, size)} ${size}`),

    /**
     * Several heads of a layer, or one in several layers, for drawing in at most size x size cells: in one question,
     * or in as many as there are layers of unlike numbers of heads.
     */
    async small(views, size, signal) {
      const [{ stack, show }] = views;
      const alike = Map.groupBy(views, (view) => layerOf(analysis, view).heads);
      await Promise.all(Array.from(alike.values(), async (some) => {
        const [layers, heads] = ["layer", "head"].map((of) => [...new Set(some.map((view) => view[of]))]);
        const which = show === "head" ? { heads: heads.join() } : { reduce: `heads-${show}` };
        const answer = await ask({ stack, layers: layers.join(), ...which, size, ...drawn(some[0], size) }, signal);
        for (const view of some) {
          const head = show === "head" ? heads.indexOf(view.head) : 0;
          smallHeads.set(`${headKey(view, size)} ${size}`, blockOf(answer, layers.indexOf(view.layer), head));
        }
      }));
    },

    /** A first, rough picture of a long text from the thumbnails of its layer, whatever it pools, if they are there. */
    coarse({ stack, layer, head, show }) {
      const found = isLong(stack) ? this.thumbnails(stack) : null;
      if (!found?.answer()) return null;
      const { layers } = stackOf(analysis, stack);
      const row = layers.findIndex(({ index }) => index === layer);
      const block = show === "head" ? found.block(row, head)
        : merged(Array.from({ length: layers[row].heads }, (_, i) => found.block(row, i)), show);
      return { ...block, rough: true, sampled: !found.exact.has(layer) };
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

    /** Float32 weights of one query, or the mean of several, over all keys. */
    row: async (view, queries) => (await exactly({ ...viewQuery(view), ...placed({ queries }) })).data,

    /** The same as the model has them, whatever the lens, on its tokens. */
    ownRow: async ({ stack, layer, head }, query) =>
      (await own({ stack, layers: layer, heads: head, queries: `${query}:${query + 1}` })).data,

    /** Float32 weights of neighbouring queries [start, stop) over all keys, row by row. */
    async rows(view, [start, stop]) {
      if (stop - start === 1) return this.row(view, start);
      const [queries, across] = [queriesOf, keysOf].map((of) => of(analysis, view.stack).length);
      const high = Math.max(1, Math.floor(BAND / across));
      const first = Math.floor(start / high) * high;
      const answers = await Promise.all(Array.from({ length: Math.ceil((stop - first) / high) }, (_, i) => {
        const from = first + i * high;
        return exactly({ ...viewQuery(view), queries: `${from}:${Math.min(from + high, queries)}` }, bands);
      }));
      const joined = new Float32Array(answers.reduce((sum, { data }) => sum + data.length, 0));
      answers.forEach(({ data }, i) => joined.set(data, i * high * across));
      return joined.subarray((start - first) * across, (stop - first) * across);
    },

    /** Float32 weights that all queries give to one key, or to several together. */
    column: async (view, keys) => (await exactly({ ...viewQuery(view), ...placed({ keys }) })).data,

    /** What some queries give, on average, to some keys together. */
    together: async (view, queries, keys) => (await exactly({ ...viewQuery(view), ...placed({ queries, keys }) })).data[0],

    /** Float32 weights of a few neighbouring cells, row by row; bounds are [start, stop). */
    cells: async (view, [q0, q1], [k0, k1], how = {}) =>
      (await exactly({ ...viewQuery(view), queries: `${q0}:${q1}`, keys: `${k0}:${k1}`, ...how })).data,

    /** The largest cell of a bin as it is drawn in at most size x size, {query, key, weight}; bounds are [start, stop). */
    async largest(view, queries, keys, size) {
      const cells = await this.cells(view, queries, keys, leftOut(view, keys, size));
      const at = cells.reduce((best, weight, i) => (weight > cells[best] ? i : best), 0);
      const width = keys[1] - keys[0];
      return { query: queries[0] + Math.floor(at / width), key: keys[0] + (at % width), weight: cells[at] };
    },

    /** The mean of a bin as it is drawn. */
    async mean(view, queries, keys) {
      const [weight] = await this.cells(view, queries, keys, { ...leftOut(view, keys), size: 1, pool: "mean" });
      return weight;
    },

    /** The same in every head: [layer][head]. Sets of which that would take seconds are refused. */
    async pair(stack, queries, keys) {
      const isByRow = lens.sinks === "renormalised" || /^(top|mass)/.test(lens.keep ?? "");
      const across = isByRow ? keysOf(analysis, stack).length : countOf(rangeOf(keys));
      const heads = stackOf(analysis, stack).layers.reduce((sum, layer) => sum + layer.heads, 0);
      if (heads * across * countOf(rangeOf(queries)) > MOST_OF_SETS) throw problem("too-many-words");
      return (await exactly({ stack, ...placed({ queries, keys }) })).data;
    },

    /**
     * Of each head one number [layer][head] without its sinks: the largest weight, or the mean. Of a
     * long text those of a few sampled rows.
     */
    offSinks: async (stack, pool) => (await unread({
      stack, hide: sinksOf(stack), size: 1, pool,
      ...(isLong(stack) && { queries: sampled(queriesOf(analysis, stack).length) }),
    })).data,

    /** Share of all attention of a view that the lens leaves in sight, mean over its queries. */
    left: async (view) => (await exactly({ ...viewQuery(view), size: 1, pool: "mean" })).data[0]
      * keysOf(analysis, view.stack).length,

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

    /** Every head in a few numbers (measures.js), by tokens: with sinks hidden as they are, or those of the model itself. */
    measures(stack, { unread: own = false } = {}) {
      const key = `${stack} ${own}`;
      if (!measures.has(key)) {
        measures.set(key, createMeasures(analysis, stack, (query, ended) => gate.aside((signal) =>
          again(() => source.measures(analysis.id, { ...query, ...(!own && hidingOf(lens, stack)) }, signal), signal), ended)));
      }
      return measures.get(key);
    },

    /** How one query comes to its weights on some keys, a list of [start, stop). */
    arithmetic: source.arithmetic && (({ stack, layer, head }, query, keys, signal) => gate.first(() => again(() => source.arithmetic(
      analysis.id, { stack, layer, head, query, keys: keys.map((range) => range.join(":")).join() }, signal), signal))),

    /** This analysis, as its own document, beside that of another request (compare/pair.js). */
    async beside(document, request, signal) {
      const key = JSON.stringify(request);
      const same = key === JSON.stringify(document.request);
      if (!pairs.get(key)) {
        const other = same ? document : await source.analyse(request, signal);
        pairs.set(key, createPair(source, document, other, lens, gate));
      }
      return pairs.get(key);
    },

    verify: source.verify && ((view) => again(() => source.verify(
      analysis.id, { stack: view.stack, layers: [view.layer], heads: [view.head] }))),

    /** A file that the API makes of this analysis; `query` is the whole question. */
    file: (call, query) => again(() => source.file(analysis.id, call, query)),
  };
}
