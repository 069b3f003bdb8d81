/** One head among others: its name, its cells, what is selected and hovered in it. */
import { binOf, cellBounds } from "../bins.js";
import { css } from "../colour.js";
import { GAPS_UP_TO, gaps } from "../compare/mapcells.js";
import { fitCanvas, h } from "../dom.js";
import { t } from "../i18n.js";
import { paintHead } from "../paint.js";
import { FONT } from "../plot.js";
import { SEGMENT_BAND, drawSegments } from "../segments.js";
import { labelOf, ticks } from "../ticks.js";
import { segmentsOf } from "../tokens.js";
import { wholeOf } from "../viewport.js";

const TEXT = `11px ${FONT}`;
const LONGEST = 54;
const SPACING = 11;
/** Above this many tokens names would be too few to help, and the cells need the room. */
const NAMED_UP_TO = 48;
const SMALLEST = 6;
const pen = document.createElement("canvas").getContext("2d");

/** Where the cells lie: all heads beside each other have the same tokens. */
export function frameOf({ queries, keys }, width) {
  const named = Math.max(queries.length, keys.length) <= NAMED_UP_TO;
  const [left, top] = [queries, keys].map((tokens) => (named ? roomFor(tokens) : 1));
  const edge = segmentsOf(keys).length ? SEGMENT_BAND : 1;
  const across = width - left - edge;
  const down = Math.round(across * Math.min(1.5, Math.max(0.5, queries.length / keys.length)));
  return { named, width, left, top, across, down, height: top + down + edge };
}

function roomFor(tokens) {
  pen.font = TEXT;
  return Math.min(LONGEST, Math.ceil(Math.max(...tokens.map((token) => pen.measureText(labelOf(token)).width)))) + 5;
}

export function createTile() {
  const name = h("span", { class: "tile-name" });
  const [cells, marks] = [h("canvas", {}), h("canvas", { class: "tile-marks" })];
  const box = h("div", { class: "tile-box" }, cells, marks);
  const element = h("div", { class: "tile", role: "option" }, name, box);
  /** What is painted: the picture, and on which scale and in which frame. */
  let [picture, key, painted] = [null, null, ""];

  return {
    element,

    fit({ height, left, top, across, down }) {
      box.style.height = `${height}px`;
      box.dataset.cells = [left, top, across, down].join(" ");
    },

    choose(view, selected, hovered) {
      element.setAttribute("aria-label", nameOf(view));
      element.setAttribute("aria-selected", String(selected));
      element.classList.toggle("pointed", hovered);
    },

    paint(next, view, tokens, frame) {
      const look = [next.top, next.scale, next.reading, frame.width, frame.height].join();
      const same = picture?.block === next.block && picture.colours === next.colours && painted === look && key === tokens;
      [picture, key, painted] = [next, tokens, look];
      name.textContent = nameOf(view);
      if (same) return;
      const context = fitCanvas(cells, frame.width, frame.height);
      context.clearRect(0, 0, frame.width, frame.height);
      paintCells(context, picture, tokens, frame);
      if (frame.named) label(context, picture, tokens, frame);
      markTexts(context, picture, tokens, frame);
    },

    /** @param {{query, key}} locked  and `hovered`, or null: pairs of tokens */
    mark(locked, hovered, frame) {
      const context = fitCanvas(marks, frame.width, frame.height);
      context.clearRect(0, 0, frame.width, frame.height);
      if (!picture) return;
      outline(context, picture, frame, locked, picture.colours.accent, 2);
      if (hovered) outline(context, picture, frame, hovered, picture.colours.muted, 1.5);
    },

    /** Tokens {queries, keys} of the cell under the pointer, or null. */
    under(event, { left, top, across, down }) {
      const { x, y } = box.getBoundingClientRect();
      const [column, row] = [(event.clientX - x - left) / across, (event.clientY - y - top) / down];
      if (!picture || column < 0 || row < 0 || column >= 1 || row >= 1) return null;
      const { block } = picture;
      return cellBounds(block, { row: Math.floor(row * block.rows), column: Math.floor(column * block.columns) });
    },
  };
}

const nameOf = ({ show, layer, head }) => t(`head.name.${show}`, layer, head);

function paintCells(context, picture, tokens, frame) {
  const { left, top, across, down } = frame;
  const { block: { rows, columns }, colours } = picture;
  context.save();
  context.translate(left, top);
  paintHead(context, [picture], wholeOf(tokens), { width: across, height: down }, true);
  context.restore();
  if (Math.max(rows, columns) <= GAPS_UP_TO / 2) gaps(context, { rows, columns, colours }, frame);
  context.lineWidth = 1;
  context.strokeStyle = css(colours.line);
  context.strokeRect(left - 0.5, top - 0.5, across + 1, down + 1);
}

function label(context, { colours }, { queries, keys }, { left, top, across, down }) {
  context.font = TEXT;
  context.fillStyle = css(colours.muted);
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const at of placesOf(queries, down)) {
    context.fillText(labelOf(queries[at]), left - 4, top + ((at + 0.5) * down) / queries.length, left - 5);
  }
  context.textAlign = "left";
  for (const at of placesOf(keys, across)) {
    context.save();
    context.translate(left + ((at + 0.5) * across) / keys.length, top - 4);
    context.rotate(-Math.PI / 2);
    context.fillText(labelOf(keys[at]), 0, 0, top - 5);
    context.restore();
  }
}

const markTexts = (context, { colours }, tokens, { left, top, across, down }) => drawSegments(context,
  { margin: { l: left, t: top }, inner: { width: across, height: down }, range: wholeOf(tokens) }, tokens, colours, FONT);

const placesOf = (tokens, pixels) => ticks(tokens, [0, tokens.length - 1], pixels, SPACING).tickvals;

/** The row, and the cell; a cell of a pixel or two could not be found again. */
function outline(context, { block, colours }, { left, top, across, down }, { query, key }, colour, line) {
  const [width, height] = [across / block.columns, down / block.rows];
  const [x, y] = [left + binOf(block.columnBins, key) * width, top + binOf(block.rowBins, query) * height];
  context.lineWidth = 1;
  context.strokeStyle = css(colour);
  context.strokeRect(left, y, across, height);
  context.lineWidth = line;
  context.strokeStyle = css(colours.ink);
  const [dx, dy] = [Math.max(0, SMALLEST - width) / 2, Math.max(0, SMALLEST - height) / 2];
  context.strokeRect(x - dx, y - dy, width + 2 * dx, height + 2 * dy);
}
