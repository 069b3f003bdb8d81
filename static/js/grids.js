/** Heads beside each other at a readable size: all of one layer, or one head in every layer. */
import { wasAborted } from "./api.js";
import { stepOf, within } from "./arrows.js";
import { grainOf } from "./bins.js";
import { h } from "./dom.js";
import { createLegend } from "./grids/legend.js";
import { createScene, headOverLayers, headsOfLayer } from "./grids/scene.js";
import { notesOf } from "./grids/said.js";
import { createTile, frameOf } from "./grids/tile.js";
import { extend, t } from "./i18n.js";
import en from "./texts/grids.en.js";
import zh from "./texts/grids.zh.js";
import { begin, each } from "./timing.js";
import { isTouch } from "./touch.js";

extend({ en, zh });

const FIELDS = [
  "stack", "layer", "head", "show", "hoverHead", "query", "key", "hoverCell", "scale", "sinks", "pool", "theme", "lang",
];
const SLOW_MS = 150;
const SCROLL_MS = 60;

export const layer = { FIELDS, create: (root, store) => createGrid(root, store, headsOfLayer) };
export const layers = { FIELDS, create: (root, store) => createGrid(root, store, headOverLayers) };

/** @param {(state) => object} which  the heads that stand here, as `viewOf` has one (scene.js) */
function createGrid(root, store, which) {
  const note = h("p", { id: "grid-note", class: "quiet" });
  const box = h("div", { id: "grid", class: "grid-maps", tabindex: 0, role: "listbox", "aria-describedby": "readout" });
  const legend = createLegend();
  root.append(note, box, legend.element);
  let scene = null;
  let tiles = [];
  let frame = null;
  let revealed = "";

  async function draw(state, signal) {
    const next = createScene(state, which);
    if (scene?.key !== next.key) open(next);
    show(state);
    const slow = setTimeout(() => root.classList.add("waiting"), SLOW_MS);
    await fill(scene, inSight).finally(() => {
      clearTimeout(slow);
      root.classList.remove("waiting");
    });
    signal.throwIfAborted();
    paint();
    if (!scene.isLong) fill(scene, () => tiles).catch(() => {}); // what fails here is asked for again when it comes in sight
  }

  /** Other heads take the places of those that stand here, each when it is painted. */
  function open(next) {
    scene?.close();
    scene = next;
    while (tiles.length < scene.views.length) tiles.push(createTile());
    tiles = tiles.slice(0, scene.views.length);
    if (box.childElementCount !== tiles.length) box.replaceChildren(...tiles.map(({ element }) => element));
    layOut();
  }

  function layOut() {
    const width = tiles[0]?.element.clientWidth;
    if (!width) return;
    frame = frameOf(scene.tokens, width);
    for (const tile of tiles) tile.fit(frame);
  }

  /** Asks until none of these is missing; the first ones first. */
  async function fill(own, those) {
    paint();
    for (;;) {
      const missing = own === scene ? those().map((tile) => scene.views[tiles.indexOf(tile)]).filter(own.isMissing) : [];
      if (!missing.length) return;
      await own.ask(missing);
      if (own === scene) paint();
    }
  }

  function inSight() {
    const { top, bottom } = box.getBoundingClientRect();
    return tiles.filter(({ element }) => {
      const place = element.getBoundingClientRect();
      return place.bottom > top && place.top < bottom;
    });
  }

  function paint() {
    const pictures = scene.pictures();
    const seen = inSight();
    for (const tile of seen) {
      const at = tiles.indexOf(tile);
      if (pictures[at]) tile.paint(pictures[at], scene.views[at], scene.tokens, frame);
    }
    const blocks = seen.map((tile) => pictures[tiles.indexOf(tile)]?.block).filter(Boolean);
    note.textContent = notesOf(store.get(), scene, blocks.length ? grainOf(blocks) : null);
    const known = pictures.find(Boolean);
    if (known) legend.draw(known, store.get().weights.lens.between);
    mark();
  }

  function show(state) {
    box.setAttribute("aria-label", t(scene.label));
    tiles.forEach((tile, at) => tile.choose(scene.views[at], at === selected(state), isHovered(scene.views[at], state)));
    reveal(state);
    mark();
  }

  function mark() {
    const { query, key, hoverCell } = store.get();
    for (const tile of inSight()) tile.mark({ query, key }, hoverCell, frame);
  }

  const selected = ({ layer: at, head, show: what }) =>
    scene.views.findIndex((view) => view.layer === at && (what !== "head" || view.head === head));

  /** Scrolls the grid's own box only, never the page; hovering never scrolls. */
  function reveal(state) {
    const tile = tiles[selected(state)];
    const at = `${scene.key} ${selected(state)}`;
    if (!tile || at === revealed || box.matches(":hover")) return;
    revealed = at;
    const [inner, outer] = [tile.element, box].map((each_) => each_.getBoundingClientRect());
    box.scrollTop += Math.min(0, inner.top - outer.top - 4) || Math.max(0, inner.bottom - outer.bottom + 4);
  }

  /** The head under the pointer, and the cell if there is one. */
  function under(event) {
    const at = tiles.findIndex(({ element }) => element.contains(event.target));
    return at < 0 ? null : { view: scene.views[at], place: tiles[at].under(event, frame) };
  }

  box.addEventListener("pointermove", (event) => {
    const found = !isTouch(event) && under(event);
    if (!found) return;
    const { view, place } = found;
    store.set({ hoverHead: { layer: view.layer, head: view.head }, hoverCell: place && scene.strongest(view, place) });
  });
  box.addEventListener("pointerleave", (event) => isTouch(event) || store.set({ hoverHead: null, hoverCell: null }));
  box.addEventListener("click", (event) => {
    const found = under(event);
    if (!found) return;
    begin("head-switch", event.timeStamp);
    choose(found.view, found.place, "push");
  });
  box.addEventListener("dblclick", (event) => under(event) && store.set({ view: "heatmap" }, { history: "push" }));

  /** Selects a head and a cell of it; of a cell that stands for several its largest weight, as soon as that is known. */
  async function choose(view, place, history) {
    const { weights } = store.get();
    const own = scene;
    const first = place && { query: place.queries[0], key: place.keys[0] };
    store.set({ layer: view.layer, head: view.head, ...first, hoverHead: null, hoverCell: null }, { history });
    if (!place || (place.queries[1] - place.queries[0] === 1 && place.keys[1] - place.keys[0] === 1)) return;
    const { query, key } = await own.largest(view, place).catch(() => first);
    const now = store.get();
    if (now.weights === weights && now.query === first.query && now.key === first.key) store.set({ query, key });
  }

  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") store.set({ view: "heatmap" }, { history: "push" });
    const step = stepOf(event);
    if (!step || !scene) return;
    event.preventDefault();
    begin("head-switch", event.timeStamp);
    const columns = getComputedStyle(box).gridTemplateColumns.split(" ").length;
    const next = within(selected(store.get()) + (step[0] && step[0] * columns) + step[1], tiles.length);
    choose(scene.views[next], null, "replace");
  });
  box.addEventListener("scroll", each(SCROLL_MS, () => fill(scene, inSight).catch((error) => {
    if (!wasAborted(error)) note.textContent = t("grid.failed");
  })));
  const room = new ResizeObserver(() => {
    if (!scene || !box.isConnected || tiles[0]?.element.clientWidth === frame?.width) return;
    layOut();
    fill(scene, inSight).catch(() => {});
  });
  room.observe(box);

  return {
    draw,
    close() {
      room.disconnect();
      scene?.close();
    },
  };
}

const isHovered = (view, { hoverHead }) => hoverHead?.layer === view.layer && hoverHead.head === view.head;
