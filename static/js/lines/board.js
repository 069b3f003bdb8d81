/** Both sides and the lines between them, in a box of which a part may be in sight. */
import { fitCanvas, h } from "../dom.js";
import { t } from "../i18n.js";
import { isIn } from "../ranges.js";
import { settle } from "../timing.js";
import { keySpan, layerOf } from "../tokens.js";
import { drawLines } from "./draw.js";
import { inSight, layOut } from "./layout.js";
import { createSide } from "./side.js";

const REST_MS = 60;
const ROOM = 3;

/**
 * @param hear  of createSide, each with the side before its own arguments; and `onSight(name)`: another part of the
 *   text has come into sight, or more or less of it
 */
export function createBoard(root, hear) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const sides = Object.fromEntries(["query", "key"].map((side) => [side, createSide(side, {
    onPoint: (index) => hear.onPoint(side, index),
    onPick: (index, history) => hear.onPick(side, index, history),
    onCross: () => sides[side === "query" ? "key" : "query"].root.focus(),
    pointed: () => hear.pointed(side),
  })]));
  const space = h("div", { class: "lines-space" }, sides.query.root, canvas, sides.key.root);
  const box = h("div", { class: "lines-box" }, space);
  const axes = ["query", "key"].map((side) => h("span", { class: side, "data-t": `head.${side}Axis` }, t(`head.${side}Axis`)));
  root.append(axes[0], box, axes[1]);
  let [layout, key, shown] = [null, "", null];
  let selected = {};

  const offset = () => (layout.horizontal ? Math.abs(box.scrollLeft) : box.scrollTop);
  const seen = (side) => inSight(layout, side, offset());

  /** Makes room for the tokens of this state and brings what was selected into sight. */
  function arrange(state) {
    const now = `${state.analysis.id} ${state.unit} ${state.stack} ${state.lineLayout} ${root.clientWidth}`;
    if (now !== key) {
      [key, layout, shown, selected] = [now, layOut(state, root.clientWidth), null, {}];
      fit();
    }
    for (const side of ["key", "query"]) if (selected[side] !== state[side]) reveal(side, state[side]); // its lines begin at the query
    selected = { query: state.query, key: state.key };
    write();
  }

  function fit() {
    const { horizontal, dir, along, names, size } = layout;
    root.dir = dir;
    root.dataset.layout = horizontal ? "horizontal" : "vertical";
    box.style.maxHeight = horizontal ? "none" : `${size.height}px`;
    space.style.width = horizontal ? `${Math.max(along, size.width)}px` : "100%";
    space.style.height = horizontal ? `${size.height}px` : `${along}px`;
    space.style.setProperty("--names", `${names}px`);
    size.width = box.clientWidth; // less than that of the board where a scroll bar stands beside the lines
    fitCanvas(canvas, size.width, size.height).clearRect(0, 0, size.width, size.height);
  }

  /** Scrolls the box only, never the page. */
  function reveal(side, index) {
    const [low, high] = [layout.edges[side][index], layout.edges[side][index + 1]];
    const room = layout.horizontal ? box.clientWidth : box.clientHeight;
    const into = Math.max(high - room, Math.min(offset(), low));
    if (into === offset()) return;
    const centred = Math.max(0, (low + high - room) / 2);
    if (layout.horizontal) box.scrollLeft = layout.dir === "rtl" ? -centred : centred;
    else box.scrollTop = centred;
  }

  const write = () => {
    for (const side of ["query", "key"]) {
      const [first, last] = seen(side);
      const end = layout.tokens[side].length - 1;
      sides[side].write(layout, [Math.max(0, first - ROOM), Math.min(end, last + ROOM)], selected[side]);
    }
  };

  /** Paints the lines that were found for this state and counts those that lead out of sight; `look` as drawLines has it. */
  function paint(state, found, look) {
    shown = { state, found, look };
    repaint();
    const [queries, keys] = [seen("query"), seen("key")];
    const isIn = ([first, last], index) => index >= first && index <= last;
    return found.lines.filter((line) => !isIn(queries, line.query) || !isIn(keys, line.key)).length;
  }

  function repaint() {
    const { state, found, look } = shown;
    drawLines(canvas, layout, offset(), found, look);
    const [first, last] = keySpan(layerOf(state.analysis, state), look.query, layout.tokens.key.length);
    for (const side of ["query", "key"]) {
      sides[side].mark((index) => ({
        pointed: look.pointed[side] === index,
        chosen: Boolean(look.sets[side]) && isIn(look.sets[side], index),
        masked: side === "key" && look.isRow && (index < first || index > last),
        share: side === "key" && found.shares.has(index) ? `${Math.round(found.shares.get(index) * 100)}%` : null,
      }));
    }
  }

  const tell = settle(REST_MS, () => layout && hear.onSight(`${root.clientWidth} ${seen("query")}`));
  const resized = new ResizeObserver(tell);
  resized.observe(root);
  box.addEventListener("scroll", () => {
    if (!layout) return;
    write();
    if (shown) repaint();
    tell();
  });

  return { arrange, paint, sight: () => seen("query"), close: () => resized.disconnect() };
}
