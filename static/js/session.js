/** From Analyze to all drawn: one request at a time, which can be cancelled. */
import { wasAborted } from "./api.js";
import { binOf, cellBounds, isPooled } from "./bins.js";
import { createWeights } from "./weights.js";
import { makePicture, strongest } from "./picture.js";
import { palette } from "./theme.js";
import { stackOf, queriesOf } from "./tokens.js";
import { begin, end, painted } from "./timing.js";

export function createSession(store, source) {
  const drawers = [];
  let controller = null;

  /**
   * @param request    fields of the API
   * @param options    `selection` to open with, `at` (time stamp of the input event), `history`
   *                   ("push", "replace" or "none")
   */
  async function analyse(request, { selection = {}, at, history = "push" } = {}) {
    controller?.abort();
    const own = new AbortController();
    controller = own;
    const before = store.get().weights;
    before?.pause();
    begin("first-view", at);
    let weights = null;
    const run = crypto.getRandomValues(new Uint8Array(16)).reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "");
    store.set({ phase: "working", run, problem: null, hoverHead: null, hoverCell: null });
    try {
      const analysis = await source.analyse(request, own.signal, run);
      weights = createWeights(source, analysis);
      weights.thumbnails(selection.stack ?? analysis.stacks[0].name).first.catch(() => {}); // on its way while a head is chosen
      const chosen = await choose(analysis, weights, { ...store.get(), ...selection }, selection, own.signal);
      if (own.signal.aborted) return;
      store.set({ zoom: null, ...chosen, analysis, weights, shown: null, replaced: isReplaced(selection, chosen) }, { history });
      before?.close();
      await Promise.all(drawers.map((draw) => draw()));
      if (own.signal.aborted) return;
      await painted();
      if (own.signal.aborted) return;
      end("first-view");
      store.set({ phase: "ready" });
    } catch (error) {
      if (!wasAborted(error) && controller === own) store.set({ phase: "error", problem: error });
    } finally {
      const { weights: kept } = store.get();
      if (weights !== kept) weights?.close();
      if (before === kept && controller === own) before?.resume();
    }
  }

  /** Selects anew in the analysis that is open; what it does not have is replaced and said. */
  async function select(selection, history) {
    const { analysis, weights } = store.get();
    const chosen = await choose(analysis, weights, { ...store.get(), ...selection }, selection);
    if (store.get().analysis !== analysis) return;
    store.set({ ...chosen, hoverHead: null, hoverCell: null, replaced: isReplaced(selection, chosen) }, { history });
  }

  return {
    analyse,
    select,

    cancel() {
      controller?.abort();
      store.set({ phase: store.get().analysis ? "ready" : "idle" });
    },

    /** `draw` returns a promise that resolves when its view of the new analysis is drawn. */
    onAnalysis: (draw) => drawers.push(draw),
  };
}

const isReplaced = (wanted, chosen) =>
  ["stack", "layer", "head", "query", "key"].some((name) => name in wanted && wanted[name] !== chosen[name]);

/** A selection that exists in this analysis: what was asked for, else what stands out. */
async function choose(analysis, weights, wanted, explicit, signal) {
  const stack = stackOf(analysis, wanted.stack) ?? analysis.stacks[0];
  const layer = stack.layers.find(({ index }) => index === wanted.layer)
    ?? stack.layers[Math.floor(stack.layers.length / 2)];
  const head = wanted.head < layer.heads ? wanted.head : 0;
  const view = { stack: stack.name, layer: layer.index, head, show: wanted.show, pool: wanted.pool, sinks: "off" };
  const length = queriesOf(analysis, stack.name).length;
  const { query, key } = explicit;
  const chosen = { stack: view.stack, layer: view.layer, head, show: view.show };
  if (query < length && key < analysis.tokens[stack.keys].length) return { ...explicit, ...chosen, query, key };
  const block = await weights.head(view, signal);
  const picture = makePicture(block, analysis, view,
    { scale: "linear", sinks: "off", colours: palette(wanted.theme) });
  const row = query < length ? binOf(block.rowBins, query) : null;
  const { queries, keys } = cellBounds(block, strongest(picture, row));
  const rows = row === null ? queries : [query, query + 1];
  const found = isPooled(block) ? await weights.largest(view, rows, keys) : { query: rows[0], key: keys[0] };
  return { ...explicit, ...chosen, query: found.query, key: found.key };
}
