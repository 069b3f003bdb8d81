/** Which heads stand beside each other, what there is of each, and what is still to be asked for. */
import { viewOf } from "../head.js";
import { makePicture, onScale } from "../picture.js";
import { palette } from "../theme.js";
import { isSink, keysOf, layerOf, queriesOf, stackOf } from "../tokens.js";
import { viewKey } from "../weights.js";

/** Cells of a head, each way, at most. */
const SIZE = 128;
/** Weights that one question looks at, at most. */
const AT_ONCE = 1 << 22;

/** {label, views, without}: heads as `viewOf` has them, and the layers that have no such head. */
export function headsOfLayer(state) {
  const view = viewOf(state);
  const { heads } = layerOf(state.analysis, view);
  return { label: "grid.label.layer", views: Array.from({ length: heads }, (_, head) => ({ ...view, head })), without: [] };
}

export function headOverLayers(state) {
  const view = viewOf(state);
  const { layers } = stackOf(state.analysis, view.stack);
  const has = ({ heads }) => view.show !== "head" || view.head < heads;
  return {
    label: "grid.label.layers",
    views: layers.filter(has).map(({ index }) => ({ ...view, layer: index })),
    without: layers.filter((each) => !has(each)).map(({ index }) => index),
  };
}

export function createScene(state, which) {
  const { analysis, weights, scale, theme } = state;
  const { label, views, without } = which(state);
  const [{ stack, pool, sinks }] = views;
  const tokens = { queries: queriesOf(analysis, stack), keys: keysOf(analysis, stack) };
  const atOnce = Math.max(1, Math.floor(AT_ONCE / (tokens.queries.length * tokens.keys.length)));
  const look = { scale, sinks, between: weights.lens.between, colours: palette(theme) };
  const life = new AbortController();
  const made = new Map();
  let asking = null;

  /** A rough picture of a long text stands in for one that is not there yet. */
  const blockOf = (view) => weights.heldSmall(view, SIZE) ?? weights.coarse(view);

  function pictureOf(view) {
    const block = blockOf(view);
    const known = made.get(view);
    if (!block || (known && !known.block.rough)) return known;
    made.set(view, makePicture(block, analysis, view, look));
    return made.get(view);
  }

  return {
    label,
    views,
    without,
    tokens,
    key: [idOf(weights), pool, sinks, scale, theme, ...views.map(viewKey)].join(),
    isLong: weights.isLong(stack),
    pool: weights.isLong(stack) ? pool : "max",
    isMissing: (view) => !weights.heldSmall(view, SIZE),
    close: () => life.abort(),

    /** Of each head what there is, all on one scale, which ends at the largest weight of them; undefined where there is none. */
    pictures() {
      const found = views.map(pictureOf);
      const top = Math.max(0, ...found.map((picture) => picture?.top ?? 0));
      return found.map((picture) => picture && onScale(picture, top));
    },

    /** The first ones of these, as many as one question may be about; who asks meanwhile waits for it. */
    ask(some) {
      asking ??= weights.small(some.slice(0, atOnce), SIZE, life.signal).finally(() => { asking = null; });
      return asking;
    },

    /** The pair of tokens behind a cell {queries, keys} that its colour is of, as far as the whole head is there. */
    strongest(view, { queries, keys }) {
      const whole = weights.heldHead(view);
      if (!whole || weights.isLong(stack)) return { query: queries[0], key: keys[0] };
      return largestIn(whole, queries, keys, (key) => sinks === "off" && isSink(tokens.keys[key], stack));
    },

    /** The same from the API. */
    largest: (view, { queries, keys }) => weights.largest(view, queries, keys, SIZE),
  };
}

function largestIn({ bytes, columns }, queries, keys, isOff) {
  let best = { query: queries[0], key: keys[0], byte: -1 };
  for (let query = queries[0]; query < queries[1]; query += 1) {
    for (let key = keys[0]; key < keys[1]; key += 1) {
      const byte = isOff(key) ? 0 : bytes[query * columns + key];
      if (byte > best.byte) best = { query, key, byte };
    }
  }
  return { query: best.query, key: best.key };
}

const ids = new WeakMap();
let known = 0;

/** Every reading of every analysis is another. */
function idOf(weights) {
  if (!ids.has(weights)) ids.set(weights, (known += 1));
  return ids.get(weights);
}
