/**
 * A grid of heads on one canvas: layers down, heads across, numbers that stay while it scrolls; or in some order,
 * each with its name and its number.
 */
import { stepOf } from "./arrows.js";
import { fitCanvas, h } from "./dom.js";
import { css } from "./colour.js";
import { LINE, inLayers, inOrder } from "./headlayout.js";
import { FONT } from "./plot.js";
import { palette } from "./theme.js";
import { stackOf } from "./tokens.js";
import { begin } from "./timing.js";
import { fingerOf, isTouch } from "./touch.js";

/**
 * @param {HTMLElement} root  a scrolling box
 * @param {{cellHeight: (width: number) => number, paintCell: Function}} shape
 *   `paintCell(context, row, head, x, y, width, height)` fills one cell, `row` of the layer; `orderIn(state)` gives
 *   the heads as {layer, head, text} where they are sorted, else null
 */
export function createHeadGrid(root, store, { label, cellHeight, paintCell, orderIn = () => null }) {
  const canvas = h("canvas");
  const across = h("div", { class: "grid-heads", "aria-hidden": "true" });
  const down = h("div", { class: "grid-layers", "aria-hidden": "true" });
  const corner = h("div", { class: "grid-corner", "aria-hidden": "true" });
  root.tabIndex = 0;
  root.setAttribute("role", "application");
  root.replaceChildren(h("div", { class: "grid-inner" }, corner, across, down, canvas));
  let layout = null;
  let revealed = "";
  let known = null;

  const layers = () => {
    const { analysis, stack } = store.get();
    return analysis ? stackOf(analysis, stack).layers : promised(store.get());
  };

  function draw() {
    const order = orderIn(store.get());
    root.setAttribute("aria-label", label());
    if (!root.clientWidth || !layers().length) return;
    layout = order ? inOrder(layers(), order, root.clientWidth) : inLayers(layers(), root.clientWidth, cellHeight);
    const context = fitCanvas(canvas, ...layout.size);
    canvas.dataset.layers = layout.rows;
    canvas.dataset.heads = layout.columns;
    root.classList.toggle("in-order", Boolean(order));
    if (order && order !== known) showFirst();
    known = order;
    const { surface } = palette(store.get().theme);
    context.fillStyle = css(surface);
    context.fillRect(0, 0, ...layout.size);
    for (const cell of layout.cells) paint(context, cell);
    across.replaceChildren(...(order ? [] : numbersAcross()));
    down.replaceChildren(...(order ? [] : numbersDown()));
    mark();
  }

  /** A new order begins with its first heads in sight, wherever the selected one stands. */
  function showFirst() {
    root.scrollTop = 0;
    revealed = spot(store.get());
  }

  function paint(context, cell) {
    const { x, y } = layout.cornerOf(cell);
    const { width, height } = layout;
    const { line, ink, muted } = palette(store.get().theme);
    context.lineWidth = 1;
    context.strokeStyle = css(line);
    paintCell(context, cell.row, cell.head, x + 1, y + 1, width, height);
    context.strokeRect(x + 0.5, y + 0.5, width + 1, height + 1);
    if (cell.text === undefined) return;
    write(context, nameOf(cell), x + width / 2 + 1, y - 4, css(ink), 600);
    write(context, cell.text, x + width / 2 + 1, y + height + LINE - 1, css(muted), 400);
  }

  function numbersAcross() {
    across.style.width = `${layout.size[0]}px`;
    return Array.from({ length: layout.columns }, (_, head) => h("span",
      { style: `left:${layout.xOf(head)}px;width:${layout.width + 2}px`, "data-head": head }, String(head)));
  }

  function numbersDown() {
    down.style.height = `${layout.size[1]}px`;
    return layers().map((layer, row) => h("span",
      { style: `top:${layout.yOf(row)}px;height:${layout.height + 2}px`, "data-layer": layer.index }, `L${layer.index}`));
  }

  const frames = {
    selected: h("div", { class: "cell-frame selected" }),
    hovered: h("div", { class: "cell-frame hovered" }),
  };
  canvas.after(frames.hovered, frames.selected);

  function mark() {
    if (!layout) return;
    const { layer, head, hoverHead } = store.get();
    frame(frames.selected, { layer, head });
    frame(frames.hovered, hoverHead);
    reveal();
    for (const span of across.children) span.classList.toggle("on", Number(span.dataset.head) === head);
    for (const span of down.children) span.classList.toggle("on", Number(span.dataset.layer) === layer);
  }

  /** Where a head stands, as a key. */
  const spot = ({ layer, head }) => `${layer} ${head} ${layout.height} ${Object.values(layout.cornerOf({ layer, head }) ?? {})}`;

  /** Scrolls the grid's own box only, never the page; hovering never scrolls. */
  function reveal() {
    const { layer, head } = store.get();
    const corner_ = layout.cornerOf({ layer, head });
    const at = spot({ layer, head });
    if (!corner_ || at === revealed || root.matches(":hover")) return;
    revealed = at;
    const into = (scroll, start, length, box) => Math.min(start, Math.max(scroll, start + length - box));
    const above = layout.top ? 0 : LINE;
    root.scrollTop = into(root.scrollTop, corner_.y - above, layout.height + 6 + 2 * above, root.clientHeight - layout.top);
    root.scrollLeft = into(root.scrollLeft, corner_.x, layout.width + 6, root.clientWidth - layout.left);
  }

  function frame(element, at) {
    const corner_ = at && layout.cornerOf(at);
    element.hidden = !corner_;
    if (!corner_) return;
    element.style.transform = `translate(${layout.left + corner_.x}px, ${layout.top + corner_.y}px)`;
    element.style.width = `${layout.width + 2}px`;
    element.style.height = `${layout.height + 2}px`;
  }

  function headAt(event) {
    if (!layout) return null;
    const box = canvas.getBoundingClientRect();
    return layout.under(event.clientX - box.left, event.clientY - box.top);
  }

  const isHovered = ({ layer, head }) => {
    const { hoverHead } = store.get();
    return hoverHead?.layer === layer && hoverHead.head === head;
  };

  function point(event) {
    if (isTouch(event)) return;
    const at = headAt(event);
    if (!at || isHovered(at)) return;
    canvas.title = titleOf(orderIn(store.get())?.find(({ layer, head }) => layer === at.layer && head === at.head));
    begin("head-switch", event.timeStamp);
    store.set({ hoverHead: at });
  }

  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerrawupdate", point); // up to a frame earlier, in browsers that have it
  root.addEventListener("pointerleave", (event) => isTouch(event) || store.set({ hoverHead: null }));
  const byFinger = fingerOf(canvas);
  canvas.addEventListener("click", (event) => {
    const at = headAt(event);
    if (!at) return;
    begin("head-switch", event.timeStamp);
    if (byFinger() && !isHovered(at)) store.set({ hoverHead: at });
    else store.set({ ...at, hoverHead: null }, { history: "push" });
  });
  root.addEventListener("keydown", (event) => {
    const step = stepOf(event);
    if (event.key === "Enter") root.dispatchEvent(new CustomEvent("keep", { bubbles: true }));
    if (!step || !layout) return;
    event.preventDefault();
    begin("head-switch", event.timeStamp);
    store.set({ ...layout.moved(store.get(), step), hoverHead: null }, { history: "replace" });
  });

  new ResizeObserver(draw).observe(root);
  store.on(["theme", "lang"], draw);
  store.on(["models", "model"], ({ analysis }) => analysis || draw());
  store.on(["layer", "head", "hoverHead"], mark);
  return { draw };
}

const nameOf = ({ layer, head }) => `L${layer}H${head}`;

/** What a sorted head is sorted by, for whoever points at it. */
const titleOf = (cell) => (cell ? `${nameOf(cell)}: ${cell.title}` : "");

function write(context, text, x, y, colour, weight) {
  context.font = `${weight} 11px ${FONT}`;
  context.fillStyle = colour;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillText(text, x, y);
}

/** Before the first analysis the grid already has the size that it will have. */
function promised({ models, model }) {
  const { layers = 0, heads = 0 } = models.find(({ id }) => id === model) ?? {};
  return Array.from({ length: layers ?? 0 }, (_, index) => ({ index, heads }));
}
