/** From Analyze to all drawn: one request at a time, which can be cancelled. */
import { wasAborted } from "./api.js";
import { binOf, cellBounds, isPooled } from "./bins.js";
import { SET_OF, fitting } from "./sets.js";
import { LENS, isAnother, lensIn, possible, readIn } from "./lens.js";
import { selectedIn } from "./units.js";
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
    begin("first-view", at);
    const run = crypto.getRandomValues(new Uint8Array(16)).reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "");
    await work(own, run, async () => {
      const document = await source.analyse(request, own.signal, run);
      await present(document, selection, history, own.signal);
      if (!own.signal.aborted) end("first-view");
    });
  }

  /** The page works until this is done; what the pictures fetch in the background waits. */
  async function work(own, run, task) {
    const before = store.get().weights;
    before?.pause();
    store.set({ phase: "working", run, problem: null, hoverHead: null, hoverCell: null });
    try {
      await task();
      if (!own.signal.aborted) store.set({ phase: "ready" });
    } catch (error) {
      if (!wasAborted(error) && controller === own) store.set({ phase: "error", problem: error });
    } finally {
      if (before === store.get().weights && controller === own) before?.resume();
    }
  }

  /** Draws an analysis as the lens reads it, and resolves behind its paint. */
  async function present(document, selection, history, signal) {
    const read = possible(document, { ...store.get(), ...selection });
    const analysis = readIn(document, read);
    const weights = createWeights(source, analysis, lensIn(read));
    const { weights: before } = store.get();
    try {
      weights.thumbnails(selection.stack ?? analysis.stacks[0].name).first.catch(() => {}); // on its way while a head is chosen
      const chosen = await choose(analysis, weights, read, selection, signal);
      if (signal.aborted) return;
      const { between } = possible(document, { ...store.get(), ...selection });
      store.set({ zoom: null, ...chosen, between, document, analysis, weights, shown: null, replaced: isReplaced(selection, chosen) }, { history });
      before?.close();
      await Promise.all(drawers.map((draw) => draw()));
      await painted();
    } finally {
      if (weights !== store.get().weights) weights.close();
    }
  }

  /** The same run, read in another way: every number is asked for anew. */
  async function reread(selection, history) {
    controller?.abort();
    const own = new AbortController();
    controller = own;
    const { document } = store.get();
    await work(own, null, () => present(document, selection, history, own.signal));
  }

  /** What was changed while the page worked is read when it is done; what failed is not tried again by itself. */
  store.on([...LENS, "sinks", "phase"], (state, { history }, changed) => {
    const { document, phase, weights, stack, layer, head } = state;
    const waits = phase === "working" || (phase === "error" && changed.has("phase"));
    if (!document || waits || !isAnother(weights.lens, state)) return;
    const selection = { stack, layer, head, ...selectedIn(state, weights.lens.unit, state.unit) };
    reread(selection, history === "none" ? history : "replace"); // the change itself has its entry already
  });

  /** Selects anew in the analysis that is open; what it does not have is replaced and said. */
  async function select(selection, history) {
    const { analysis, weights } = store.get();
    if (isAnother(weights.lens, { ...store.get(), ...selection })) {
      await reread(selection, history);
      return;
    }
    const chosen = await choose(analysis, weights, { ...store.get(), ...selection }, selection);
    if (store.get().analysis !== analysis) return;
    store.set({ ...chosen, hoverHead: null, hoverCell: null, replaced: isReplaced(selection, chosen) }, { history });
  }

  return {
    analyse,
    select,

    cancel() {
      controller?.abort();
      const { analysis, weights } = store.get();
      store.set({ phase: analysis ? "ready" : "idle", ...(weights && isAnother(weights.lens, store.get()) && weights.lens) });
    },

    /** `draw` returns a promise that resolves when its view of the new analysis is drawn. */
    onAnalysis: (draw) => drawers.push(draw),
  };
}

const isReplaced = (wanted, chosen) =>
  ["stack", "layer", "head", "query", "key", ...Object.values(SET_OF)].some((name) => name in wanted && wanted[name] !== chosen[name]);

/** A selection that exists in this analysis: what was asked for, else what stands out. */
async function choose(analysis, weights, wanted, explicit, signal) {
  const stack = stackOf(analysis, wanted.stack) ?? analysis.stacks[0];
  const layer = stack.layers.find(({ index }) => index === wanted.layer)
    ?? stack.layers[Math.floor(stack.layers.length / 2)];
  const head = wanted.head < layer.heads ? wanted.head : 0;
  const view = { stack: stack.name, layer: layer.index, head, show: wanted.show, pool: wanted.pool, sinks: "off" };
  const length = queriesOf(analysis, stack.name).length;
  const across = analysis.tokens[stack.keys].length;
  const sets = fitting(explicit, { query: length, key: across });
  const { query, key } = { ...explicit, ...sets };
  const chosen = { stack: view.stack, layer: view.layer, head, show: view.show, ...sets };
  if (query < length && key < across) return { ...explicit, ...chosen, query, key };
  const block = await weights.head(view, signal);
  const picture = makePicture(block, analysis, view,
    { scale: "linear", sinks: "off", colours: palette(wanted.theme) });
  const row = query < length ? binOf(block.rowBins, query) : null;
  const { queries, keys } = cellBounds(block, strongest(picture, row));
  const rows = row === null ? queries : [query, query + 1];
  const found = isPooled(block) ? await weights.largest(view, rows, keys) : { query: rows[0], key: keys[0] };
  return { ...explicit, ...chosen, query: found.query, key: found.key };
}
