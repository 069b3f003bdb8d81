/** A grid of heads on one canvas: layers down, heads across, numbers that stay while it scrolls. */
import { stepOf, within } from "./arrows.js";
import { fitCanvas, h } from "./dom.js";
import { css } from "./colour.js";
import { palette } from "./theme.js";
import { stackOf } from "./tokens.js";
import { begin } from "./timing.js";
import { fingerOf, isTouch } from "./touch.js";

const GAP = 3;
const NUMBERS_WIDTH = 30;
const NUMBERS_HEIGHT = 20;
const WIDEST = 44;
const NARROWEST = 14;

/**
 * @param {HTMLElement} root  a scrolling box
 * @param {{cellHeight: (width: number) => number, paintCell: Function}} shape
 *   `paintCell(context, row, head, x, y, width, height)` fills one cell
 */
export function createHeadGrid(root, store, { label, cellHeight, paintCell }) {
  const canvas = h("canvas");
  const across = h("div", { class: "grid-heads", "aria-hidden": "true" });
  const down = h("div", { class: "grid-layers", "aria-hidden": "true" });
  const corner = h("div", { class: "grid-corner", "aria-hidden": "true" });
  root.tabIndex = 0;
  root.setAttribute("role", "application");
  root.replaceChildren(h("div", { class: "grid-inner" }, corner, across, down, canvas));
  let size = null;
  let revealed = "";

  const layers = () => {
    const { analysis, stack } = store.get();
    return analysis ? stackOf(analysis, stack).layers : promised(store.get());
  };

  function measure() {
    const heads = Math.max(...layers().map((layer) => layer.heads));
    const room = root.clientWidth - NUMBERS_WIDTH - 4;
    const width = Math.min(WIDEST, Math.max(NARROWEST, Math.floor(room / heads) - GAP));
    return { heads, rows: layers().length, width, height: cellHeight(width, layers().length) };
  }

  const xOf = (head) => head * (size.width + GAP);
  const yOf = (row) => row * (size.height + GAP);

  function draw() {
    root.setAttribute("aria-label", label());
    if (!root.clientWidth || !layers().length) return;
    size = measure();
    const [width, height] = [xOf(size.heads) + 1, yOf(size.rows) + 1];
    const context = fitCanvas(canvas, width, height);
    canvas.dataset.layers = size.rows;
    canvas.dataset.heads = size.heads;
    const { line, surface } = palette(store.get().theme);
    context.fillStyle = css(surface);
    context.fillRect(0, 0, width, height);
    context.strokeStyle = css(line);
    context.lineWidth = 1;
    layers().forEach((layer, row) => {
      for (let head = 0; head < layer.heads; head += 1) {
        paintCell(context, row, head, xOf(head) + 1, yOf(row) + 1, size.width, size.height);
        context.strokeRect(xOf(head) + 0.5, yOf(row) + 0.5, size.width + 1, size.height + 1);
      }
    });
    numbers(width, height);
    mark();
  }

  function numbers(width, height) {
    across.style.width = `${width}px`;
    down.style.height = `${height}px`;
    across.replaceChildren(...Array.from({ length: size.heads }, (_, head) => h("span",
      { style: `left:${xOf(head)}px;width:${size.width + 2}px`, "data-head": head }, String(head))));
    down.replaceChildren(...layers().map((layer, row) => h("span",
      { style: `top:${yOf(row)}px;height:${size.height + 2}px`, "data-layer": layer.index }, `L${layer.index}`)));
  }

  const frames = {
    selected: h("div", { class: "cell-frame selected" }),
    hovered: h("div", { class: "cell-frame hovered" }),
  };
  canvas.after(frames.hovered, frames.selected);

  function mark() {
    if (!size) return;
    const { layer, head, hoverHead } = store.get();
    frame(frames.selected, { layer, head });
    frame(frames.hovered, hoverHead);
    reveal();
    for (const span of across.children) span.classList.toggle("on", Number(span.dataset.head) === head);
    for (const span of down.children) span.classList.toggle("on", Number(span.dataset.layer) === layer);
  }

  /** Scrolls the grid's own box only, never the page; hovering never scrolls. */
  function reveal() {
    const { layer, head } = store.get();
    const at = `${layer} ${head} ${size.height}`;
    if (at === revealed || root.matches(":hover")) return;
    revealed = at;
    const into = (scroll, start, length, box) => Math.min(start, Math.max(scroll, start + length - box));
    const row = layers().findIndex(({ index }) => index === layer);
    const [down_, across_] = [root.clientHeight - NUMBERS_HEIGHT, root.clientWidth - NUMBERS_WIDTH];
    root.scrollTop = into(root.scrollTop, yOf(row), size.height + 6, down_);
    root.scrollLeft = into(root.scrollLeft, xOf(head), size.width + 6, across_);
  }

  function frame(element, at) {
    const row = at ? layers().findIndex(({ index }) => index === at.layer) : -1;
    element.hidden = row < 0;
    if (row < 0) return;
    element.style.transform = `translate(${NUMBERS_WIDTH + xOf(at.head)}px, ${NUMBERS_HEIGHT + yOf(row)}px)`;
    element.style.width = `${size.width + 2}px`;
    element.style.height = `${size.height + 2}px`;
  }

  function headAt(event) {
    if (!size) return null;
    const box = canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top) / (size.height + GAP));
    const head = Math.floor((event.clientX - box.left) / (size.width + GAP));
    const layer = layers()[row];
    return layer && head >= 0 && head < layer.heads ? { layer: layer.index, head } : null;
  }

  canvas.addEventListener("pointermove", (event) => {
    if (isTouch(event)) return;
    const at = headAt(event);
    if (!at) return;
    begin("head-switch", event.timeStamp);
    store.set({ hoverHead: at });
  });
  root.addEventListener("pointerleave", (event) => isTouch(event) || store.set({ hoverHead: null }));
  const byFinger = fingerOf(canvas);
  canvas.addEventListener("click", (event) => {
    const at = headAt(event);
    if (!at) return;
    begin("head-switch", event.timeStamp);
    const { hoverHead } = store.get();
    const shown = hoverHead?.layer === at.layer && hoverHead.head === at.head;
    if (byFinger() && !shown) store.set({ hoverHead: at });
    else store.set({ ...at, hoverHead: null }, { history: "push" });
  });
  root.addEventListener("keydown", (event) => {
    const step = stepOf(event);
    if (event.key === "Enter") root.dispatchEvent(new CustomEvent("keep", { bubbles: true }));
    if (!step || !size) return;
    event.preventDefault();
    begin("head-switch", event.timeStamp);
    walk(...step);
  });

  function walk(rows, heads) {
    const row = layers().findIndex(({ index }) => index === store.get().layer) + rows;
    const layer = layers()[within(row, layers().length)];
    const head = within(store.get().head + heads, layer.heads);
    store.set({ layer: layer.index, head, hoverHead: null }, { history: "replace" });
  }

  new ResizeObserver(draw).observe(root);
  store.on(["theme", "lang"], draw);
  store.on(["models", "model"], ({ analysis }) => analysis || draw());
  store.on(["layer", "head", "hoverHead"], mark);
  return { draw };
}

/** Before the first analysis the grid already has the size that it will have. */
function promised({ models, model }) {
  const { layers = 0, heads = 0 } = models.find(({ id }) => id === model) ?? {};
  return Array.from({ length: layers ?? 0 }, (_, index) => ({ index, heads }));
}
