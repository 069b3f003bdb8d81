/** The middle of the page: one head as a heatmap. Hover previews, a click locks. */
import { wasAborted } from "./api.js";
import { h } from "./dom.js";
import { walkHead } from "./headkeys.js";
import { drawOverlay } from "./overlay.js";
import { makePicture } from "./picture.js";
import { createPlot } from "./plot.js";
import { palette } from "./theme.js";
import { end, latest, painted, settle } from "./timing.js";
import { followPinch, isTouch } from "./touch.js";
import { isSink, keysOf, queriesOf } from "./tokens.js";
import { binOf, cellBounds, isPooled, viewKey } from "./weights.js";

const SHARED_SINKS = 6;
const SLOW_MS = 150;
const REST_MS = 40;

export function createHead(root, store, session, onProblem) {
  const plotBox = h("div", { class: "plot" });
  const overlay = h("canvas", { class: "plot-overlay", "aria-hidden": "true" });
  root.append(plotBox, overlay);
  const plot = createPlot(plotBox, { onRange: mark });
  const newest = latest();
  const sharesSoon = settle(REST_MS, (view) => askShares(view).catch(() => {}));

  const tokensOf = ({ analysis, stack }) => ({
    queries: queriesOf(analysis, stack),
    keys: keysOf(analysis, stack),
  });

  async function draw() {
    const state = store.get();
    const view = viewOf(state);
    const held = state.weights.heldHead(view);
    const slow = setTimeout(() => root.classList.add("waiting"), SLOW_MS);
    try {
      const block = held ?? await newest((signal) => state.weights.head(view, signal));
      if (block) await paint(block, view, state.analysis);
    } catch (error) {
      if (!wasAborted(error)) onProblem(error, draw);
      throw error;
    } finally {
      clearTimeout(slow);
      root.classList.remove("waiting");
    }
  }

  /** Draws unless the page has moved on to another analysis or head. */
  async function paint(block, view, analysis) {
    const state = store.get();
    if (state.analysis !== analysis || viewKey(viewOf(state)) !== viewKey(view)) return;
    const picture = makePicture(block, analysis, view, { ...state, colours: palette(state.theme) });
    const tokens = tokensOf(state);
    await plot.draw(picture, tokens);
    await painted();
    end("head-switch");
    if (store.get().analysis !== analysis || plot.picture() !== picture) return;
    onProblem(null);
    store.set({ shown: { view, picture, analysis } });
    mark();
  }

  function mark() {
    const { shown, hoverCell, analysis, sinkShares } = store.get();
    const geometry = plot.geometry();
    if (!shown || shown.analysis !== analysis || !geometry) return;
    drawOverlay(overlay, geometry, shown.picture, {
      locked: cellOf(shown.picture.block, store.get()),
      hovered: hoverCell && cellOf(shown.picture.block, hoverCell),
      shares: sharesOf(shown, sinkShares),
      tokens: tokensOf(store.get()),
    });
  }

  /** How much of each head of the shown layer the sinks take. */
  async function askShares(view) {
    const { analysis, weights, stack } = store.get();
    const sinks = keysOf(analysis, stack).filter((token) => isSink(token, stack)).slice(0, SHARED_SINKS);
    const values = await Promise.all(sinks.map(({ index }) => weights.keyShare(view, index)));
    const now = store.get();
    if (now.analysis !== analysis || viewOf(now).layer !== view.layer) return;
    const shares = sinks.map((token, i) => ({ token, values: values[i] }));
    store.set({ sinkShares: { analysis, layer: view.layer, shares } });
    mark();
  }

  function cellAt(event) {
    const geometry = plot.geometry();
    if (!geometry) return null;
    const box = plotBox.getBoundingClientRect();
    const { margin, inner, range } = geometry;
    const x = (event.clientX - box.left - margin.l) / inner.width;
    const y = (event.clientY - box.top - margin.t) / inner.height;
    if (x < 0 || x >= 1 || y < 0 || y >= 1) return null;
    return {
      column: Math.floor(range.x[0] + x * (range.x[1] - range.x[0]) + 0.5),
      row: Math.floor(range.y[0] + y * (range.y[1] - range.y[0]) + 0.5),
    };
  }

  const placeOf = ({ row, column }) => {
    const { block } = store.get().shown.picture;
    return { query: block.rowBins[row], key: block.columnBins[column] };
  };

  let pressed = null;
  plotBox.addEventListener("pointermove", (event) => {
    if (isTouch(event) ? !pressed : event.buttons !== 0) return;
    const cell = store.get().shown ? cellAt(event) : null;
    store.set({ hoverCell: cell && placeOf(cell) });
  });
  plotBox.addEventListener("pointerleave", (event) => isTouch(event) || store.set({ hoverCell: null }));
  followPinch(plotBox, () => {
    pressed = null;
    return plot.pinch();
  });

  /** Selects a cell of the head that is shown; of a bin its largest weight, as soon as that is known. */
  async function lock(cell, history) {
    const { weights, hoverHead, shown: { view, picture: { block } } } = store.get();
    const first = placeOf(cell);
    store.set({ ...hoverHead, ...first, hoverHead: null, hoverCell: null }, { history });
    if (!isPooled(block)) return;
    const { queries, keys } = cellBounds(block, cell);
    const { query, key } = await weights.largest(view, queries, keys).catch(() => first);
    const now = store.get();
    if (now.weights === weights && now.query === first.query && now.key === first.key) store.set({ query, key });
  }

  plotBox.addEventListener("pointerdown", (event) => {
    const { hoverCell } = store.get();
    pressed = event.isPrimary ? { x: event.clientX, y: event.clientY, hoverCell } : null;
  }, { capture: true });
  window.addEventListener("pointerup", (event) => {
    const still = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < (isTouch(event) ? 10 : 4);
    const cell = still && store.get().shown ? cellAt(event) : null;
    const seen = pressed?.hoverCell;
    pressed = null;
    if (!cell) return;
    const place = placeOf(cell);
    if (isTouch(event) && (seen?.query !== place.query || seen.key !== place.key)) store.set({ hoverCell: place });
    else lock(cell, "push");
  }, { capture: true });

  const redraw = () => store.get().analysis && draw().catch(() => {});
  store.on(["layer", "head", "show", "hoverHead"], (state, how, changed) => {
    if (!state.shown || state.phase === "working") return;
    if (viewKey(viewOf(state)) !== viewKey(state.shown.view)) redraw();
    else if (changed.has("hoverHead")) newest(async () => {});
  });
  store.on(["scale", "sinks", "theme"], ({ shown }) => shown && redraw());
  store.on(["lang"], () => plot.relabel().then(mark));
  store.on(["hoverCell"], mark);
  store.on(["shown"], ({ shown, sinkShares, phase }) => {
    if (phase === "ready" && sinkShares?.layer !== shown?.view.layer) sharesSoon(shown.view);
  });
  store.on(["query", "key"], ({ shown }) => {
    if (shown) mark();
  });
  new ResizeObserver(() => plot.resize()).observe(root);

  session.onAnalysis(async () => {
    const shares = askShares(viewOf(store.get()));
    await Promise.resolve(); // so that every view has asked for its numbers before this one paints
    await Promise.all([draw(), shares]);
  });

  const selected = () => cellOf(store.get().shown.picture.block, store.get());
  const zoomable = { ...plot, zoomIn: () => plot.zoom(0.5, selected()), zoomOut: () => plot.zoom(2) };
  walkHead(root, store, zoomable, { cell: selected, lock: (cell) => lock(cell, "replace") });
  return zoomable;
}

/** What the middle shows: a hovered head before the selected one. */
export function viewOf({ stack, layer, head, show, hoverHead }) {
  return { stack, show, layer: hoverHead?.layer ?? layer, head: hoverHead?.head ?? head };
}

const cellOf = ({ rowBins, columnBins }, { query, key }) => ({
  row: binOf(rowBins, query),
  column: binOf(columnBins, key),
});

/** Share that a sink takes of this view: of the head, or the mean of its layer's heads. */
export function shareOf(values, view) {
  if (view.show === "head") return values[view.head];
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The shares that belong to what is shown; a maximum over heads has none. */
export const sharesFor = ({ view, analysis }, known) =>
  (known?.analysis === analysis && known.layer === view.layer && view.show !== "max" ? known.shares : []);

function sharesOf(shown, known) {
  const { view, picture } = shown;
  return sharesFor(shown, known)
    .map(({ token, values }) => ({
      column: binOf(picture.block.columnBins, token.index),
      text: `${Math.round(shareOf(values, view) * 100)}%`,
    }))
    .filter(({ column }) => picture.sinkColumns[column]);
}
