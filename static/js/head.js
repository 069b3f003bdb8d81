/** The middle of the page: one head as a heatmap. Hover previews, a click locks. */
import { wasAborted } from "./api.js";
import { grainOf } from "./bins.js";
import { h } from "./dom.js";
import { walkHead } from "./headkeys.js";
import { sinksIn } from "./lens.js";
import { drawOverlay } from "./overlay.js";
import { boundsAt, makePicture } from "./picture.js";
import { createPlot } from "./plot.js";
import { spansIn } from "./ranges.js";
import { chosen, hasSet } from "./sets.js";
import { palette } from "./theme.js";
import { createTiles } from "./tiles.js";
import { end, lap, latest, measure, painted, settle } from "./timing.js";
import { followPinch, isTouch } from "./touch.js";
import { isSink, keysOf, queriesOf } from "./tokens.js";
import { viewKey } from "./weights.js";
import { followWheel } from "./wheel.js";

const SHARED_SINKS = 6;
const SLOW_MS = 150;
const REST_MS = 40;
const MOVED_MS = 60;

export function createHead(root, store, session, onProblem) {
  const plotBox = h("div", { class: "plot" });
  const overlay = h("canvas", { class: "plot-overlay", "aria-hidden": "true" });
  root.append(plotBox, overlay);
  const tiles = createTiles(store, {
    onArrival: repaintSoon,
    onProblem: (error) => onProblem(error, error && follow),
  });
  const plot = createPlot(plotBox, {
    partsOf: (whole, geometry) => (of === store.get().analysis ? tiles.pictures(whole, drawn, geometry) : [whole]),
    onPaint() {
      tellPainted(plot.pictures());
      if (of === store.get().analysis) store.set({ zoom: plot.zoomed() });
      mark();
      followSoon();
      moved.forEach((call) => call());
    },
  });
  const moved = [];
  let arrived = null;

  function tellPainted(pictures) {
    const before = store.get().painted;
    const grain = of === store.get().analysis ? tiles.grain(pictures[0], drawn, plot.geometry()) : grainOf([pictures[0].block]);
    const same = before?.pictures.length === pictures.length && pictures.every((each, i) => each === before.pictures[i])
      && String(grain.size) === String(before.grain.size) && grain.rough === before.grain.rough;
    if (!same) store.set({ painted: { view: drawn, analysis: of, pictures, grain } });
  }

  /** Tiles that come together are painted together. */
  async function repaintSoon() {
    if (arrived !== null) return;
    const since = (arrived = performance.now());
    await painted(() => {
      arrived = null;
      plot.repaint();
    });
    measure("exact-cells", since);
  }

  const followSoon = settle(MOVED_MS, follow);
  /** The view that the plot draws, and the analysis it is of: another one may be open already. */
  let [drawn, of] = [null, null];
  /** What is drawn or on its way, as a key. */
  let aim = null;
  const newest = latest();
  const sharesSoon = settle(REST_MS, (view) => askShares(view).catch(() => {}));

  const tokensOf = ({ analysis, stack }) => ({
    queries: queriesOf(analysis, stack),
    keys: keysOf(analysis, stack),
  });

  async function draw() {
    const state = store.get();
    const view = viewOf(state);
    const slow = setTimeout(() => root.classList.add("waiting"), SLOW_MS);
    const arrive = () => {
      clearTimeout(slow);
      root.classList.remove("waiting");
    };
    aim = aimOf(state);
    try {
      const block = await newest(async (signal) => {
        const held = state.weights.heldHead(view);
        if (!held && await rough(view, state)) arrive();
        return held ?? state.weights.head(view, signal);
      });
      if (block) await paint(block, view, state.analysis);
    } catch (error) {
      if (!wasAborted(error)) onProblem(error, draw);
      throw error;
    } finally {
      arrive();
    }
  }

  const isWanted = (view, analysis) =>
    store.get().analysis === analysis && drawingKey(viewOf(store.get())) === drawingKey(view);

  /** Another view may have taken the middle: then the picture is made for those beside it, and drawn when the heatmap is back. */
  const isOpen = () => store.get().view === "heatmap";

  async function put(block, view) {
    const state = store.get();
    const picture = makePicture(block, state.analysis, view, {
      scale: state.scale, sinks: view.sinks, between: state.weights.lens.between, colours: palette(state.theme),
    });
    [drawn, of] = [view, state.analysis];
    if (!isOpen()) return picture;
    await plot.draw(picture, tokensOf(state), state.zoom);
    return picture;
  }

  /** Draws unless the page has moved on to another analysis or head. */
  async function paint(block, view, analysis) {
    if (!isWanted(view, analysis)) return;
    const picture = await put(block, view);
    if (isOpen()) {
      await painted();
      lap("first-picture", "head-switch");
      end("head-switch");
      if (plot.picture() !== picture) return;
    } else {
      store.set({ painted: { view, analysis, pictures: [picture], grain: grainOf([picture.block]) } });
    }
    if (store.get().analysis !== analysis) return;
    onProblem(null);
    store.set({ shown: { view, picture, analysis } });
    follow();
  }

  /** Of a long text the head's thumbnail in its place, and what is in sight of it, until the whole is there. */
  async function rough(view, { weights, phase }) {
    const block = phase === "working" || !isOpen() ? null : weights.coarse(view);
    if (!block) return false;
    await put(block, view);
    follow();
    await painted();
    lap("first-picture", "head-switch");
    return true;
  }

  /** Asks for the parts in sight. */
  function follow() {
    const geometry = plot.geometry();
    if (isOpen() && drawn && geometry && isWanted(drawn, of)) tiles.follow(drawn, geometry);
  }

  function mark() {
    const state = store.get();
    const { painted: now, hoverCell, analysis, sinkShares, query, key } = state;
    const geometry = plot.geometry();
    if (now?.analysis !== analysis || !geometry || !isOpen()) return;
    drawOverlay(overlay, geometry, plot.picture(), {
      locked: { query, key, queries: spansIn(chosen(state, "query")), keys: spansIn(chosen(state, "key")), isSet: hasSet(state) },
      hovered: hoverCell && boundsAt(plot.pictures(), hoverCell),
      shares: sharesOf(now, sinkShares),
      tokens: tokensOf(state),
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

  /** The cell under the pointer, as the first pair of its tokens. */
  function placeAt(event) {
    const geometry = plot.geometry();
    if (!geometry || !store.get().shown) return null;
    const box = plotBox.getBoundingClientRect();
    const { margin, inner, range } = geometry;
    const x = (event.clientX - box.left - margin.l) / inner.width;
    const y = (event.clientY - box.top - margin.t) / inner.height;
    if (x < 0 || x >= 1 || y < 0 || y >= 1) return null;
    const { queries, keys } = boundsAt(plot.pictures(), {
      key: Math.floor(range.x[0] + x * (range.x[1] - range.x[0]) + 0.5),
      query: Math.floor(range.y[0] + y * (range.y[1] - range.y[0]) + 0.5),
    });
    return { query: queries[0], key: keys[0] };
  }

  let pressed = null;
  plotBox.addEventListener("pointermove", (event) => {
    if (isTouch(event) ? !pressed : event.buttons !== 0) return;
    store.set({ hoverCell: placeAt(event) });
  });
  plotBox.addEventListener("pointerleave", (event) => isTouch(event) || store.set({ hoverCell: null }));
  followPinch(plotBox, () => {
    pressed = null;
    return plot.pinch();
  });

  /** Selects a cell of the head that is shown; of a bin its largest weight, as soon as that is known. */
  async function lock(first, history) {
    const { weights, hoverHead, painted: { view } } = store.get();
    const { queries, keys } = boundsAt(plot.pictures(), first);
    store.set({ ...hoverHead, ...first, hoverHead: null, hoverCell: null }, { history });
    if (queries[1] - queries[0] === 1 && keys[1] - keys[0] === 1) return;
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
    const place = still ? placeAt(event) : null;
    const seen = pressed?.hoverCell;
    pressed = null;
    if (!place) return;
    if (isTouch(event) && (seen?.query !== place.query || seen.key !== place.key)) store.set({ hoverCell: place });
    else lock(place, "push");
  }, { capture: true });

  const redraw = () => store.get().analysis && draw().catch(() => {});
  store.on(["phase", "layer", "head", "show", "hoverHead", "pool", "sinks"], (state) => {
    if (state.analysis && state.phase !== "working" && aimOf(state) !== aim) redraw();
  });
  store.on(["scale", "theme", "view"], ({ shown }) => shown && redraw());
  store.on(["lang"], () => plot.relabel().then(mark));
  store.on(["zoom"], ({ zoom, analysis }) => isOpen() && of === analysis && plot.zoomTo(zoom));
  store.on(["hoverCell"], mark);
  store.on(["shown"], ({ shown, sinkShares, phase }) => {
    if (phase === "ready" && shown && !tellsOf(sinkShares, shown)) sharesSoon(shown.view);
  });
  store.on(["query", "key", "querySet", "keySet"], ({ shown }) => {
    if (shown) mark();
  });
  new ResizeObserver(() => isOpen() && plot.resize()).observe(root);

  session.onAnalysis(async () => {
    const shares = askShares(viewOf(store.get()));
    await Promise.resolve(); // so that every view has asked for its numbers before this one paints
    await Promise.all([draw(), shares]);
  });

  const selected = () => {
    const { query, key } = store.get();
    return { query, key };
  };
  const zoomable = { ...plot, onMove: (call) => moved.push(call), zoomIn: () => plot.zoom(0.5, selected()), zoomOut: () => plot.zoom(2) };
  walkHead(root, store, zoomable, (place) => lock(place, "replace"));
  followWheel(plotBox, plot, () => store.get().shown);
  return zoomable;
}

/** What the middle shows: a hovered head before the selected one. */
export function viewOf(state) {
  const { stack, layer, head, show, hoverHead, pool } = state;
  return { stack, show, layer: hoverHead?.layer ?? layer, head: hoverHead?.head ?? head, pool, sinks: sinksIn(state) };
}

/** What of a view is drawn, as a key. */
const drawingKey = (view) => `${viewKey(view)} ${view.pool} ${view.sinks}`;

const aimOf = (state) => `${state.analysis.id} ${drawingKey(viewOf(state))}`;

/** Share that a sink takes of this view: of the head, or the mean of its layer's heads. */
export function shareOf(values, view) {
  if (view.show === "head") return values[view.head];
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The shares that belong to what is shown; a maximum over heads has none. */
export const sharesFor = (painted, known) => (painted.view.show !== "max" && tellsOf(known, painted) ? known.shares : []);

/** Whether these shares are of the layer that is shown, and of the head where they are of one only. */
const tellsOf = (known, { view, analysis }) => known?.analysis === analysis && known.layer === view.layer
  && known.shares.every(({ values }) => (view.show === "head" ? values[view.head] : values.length) !== undefined);

function sharesOf(painted, known) {
  const { view } = painted;
  if (view.sinks !== "off") return [];
  return sharesFor(painted, known)
    .map(({ token, values }) => ({ key: token.index, text: `${Math.round(shareOf(values, view) * 100)}%` }));
}
