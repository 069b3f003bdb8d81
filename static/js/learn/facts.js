/** What the steps show: one row of weights, and the arithmetic of its strongest keys. */
import { isSink, keysOf, keySpan, layerOf, queriesOf } from "../tokens.js";
import { latest } from "../timing.js";

/** A short row is listed whole; of a long one the strongest keys. */
const SHOWN = 14;
/** Keys behind the query, where the future is cut. */
const CUT = 4;

export function createFacts(store, session) {
  const newest = latest();
  let ready = Promise.resolve();

  async function work(signal, mayChoose) {
    const { analysis, weights, stack, layer, head, query } = store.get();
    const view = { stack, layer, head, show: "head" };
    const row = await weights.row(view, query);
    signal.throwIfAborted();
    const keys = keysOf(analysis, stack);
    if (mayChoose) store.set({ key: strongestKey(row, keys, stack) }, { history: "replace" });
    const { key } = store.get();
    store.set({ factsProblem: null, facts: await factsAbout({ analysis, weights, view, query, key, row }, signal) });
  }

  function refresh(mayChoose = false) {
    if (!store.get().analysis) return;
    ready = newest((signal) => work(signal, mayChoose))
      .catch((error) => store.set({ facts: null, factsProblem: error }));
  }

  session.onAnalysis(() => ready);
  store.on(["analysis", "stack", "layer", "head", "query", "key"], (_, { history }, changed) =>
    refresh(history !== "none" && !changed.has("analysis") && !changed.has("key")));
  return { refresh };
}

/** The numbers of one row on its strongest keys and on `key`; `row` are the weights of all its keys. */
export async function factsAbout({ analysis, weights, view, query, key, row }, signal) {
  const keys = keysOf(analysis, view.stack);
  const listed = listedKeys(row, key, keySpan(layerOf(analysis, view), query, keys.length));
  const told = await weights.arithmetic(view, query, rangesOf(listed), signal);
  signal.throwIfAborted();
  return factsOf({ analysis, view, query, key, row, keys, told });
}

/** The strongest key that is no sink; a row of sinks alone has its strongest sink. */
function strongestKey(row, keys, stack) {
  const order = [...row.keys()].sort((a, b) => row[b] - row[a]);
  return order.find((key) => !isSink(keys[key], stack) && row[key] > 0) ?? order[0];
}

function listedKeys(row, key, [, last]) {
  const all = [...row.keys()];
  if (all.length <= SHOWN) return all;
  const strongest = all.toSorted((a, b) => row[b] - row[a]).slice(0, SHOWN - CUT);
  const behind = all.slice(last + 1, last + 1 + CUT);
  return [...new Set([...strongest, key, ...behind])].sort((a, b) => a - b);
}

/** [start, stop) of neighbours. */
function rangesOf(indices) {
  const ranges = [];
  for (const index of indices) {
    if (ranges.at(-1)?.[1] === index) ranges.at(-1)[1] += 1;
    else ranges.push([index, index + 1]);
  }
  return ranges;
}

function factsOf({ analysis, view, query, key, row, keys, told }) {
  const listed = told.keys.map((each) => ({ ...each, token: keys[each.index] }));
  const visible = listed.filter(({ masked }) => !masked);
  return {
    ...told,
    analysis,
    view,
    row,
    count: row.length,
    most: row[key] === row.reduce((top, weight) => Math.max(top, weight), 0),
    rest: 1 - told.keys.reduce((sum, { weight }) => sum + weight, 0) - (told.sink === null ? 0 : Math.exp(told.sink - told.lse)),
    listed,
    visible,
    key: listed.find(({ index }) => index === key),
    queryToken: queriesOf(analysis, view.stack)[query],
    layerRecord: layerOf(analysis, view),
  };
}
