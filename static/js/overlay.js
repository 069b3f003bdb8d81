/** What lies over the cells: the locked row and cell, the hovered ones, shares of the sinks. */
import { fitCanvas } from "./dom.js";
import { css } from "./colour.js";
import { FONT } from "./plot.js";
import { drawSegments } from "./segments.js";
import { labelOf } from "./ticks.js";
import { wordSpan } from "./tokens.js";

const SMALLEST = 7;
const LINE = 16;
const BAND = 4;
const MOST_OUTLINES = 256;
const AXIS_TITLE = 24;

/**
 * @param {{locked, hovered, shares: {key, text}[], tokens}} marks  `hovered` is a cell as {queries, keys}, bounds of tokens;
 *   `locked` has several of both, and the pair {query, key} that stands for them
 */
export function drawOverlay(canvas, geometry, picture, { locked, hovered, shares, tokens }) {
  const { width, height, margin, inner } = geometry;
  const context = fitCanvas(canvas, width, height);
  context.clearRect(0, 0, width, height);
  const box = boxes(geometry);
  const { accent, ink, muted } = picture.colours;

  drawSegments(context, geometry, tokens, picture.colours, FONT);
  context.save();
  context.beginPath();
  context.rect(margin.l - 2, margin.t - 2, inner.width + 4, inner.height + 4);
  context.clip();
  if (hovered) {
    outline(context, box.rows(hovered.queries), css(muted), 1);
    outline(context, box.columns(hovered.keys), css(muted), 1);
  }
  for (const row of locked.queries.map(box.rows)) {
    if (row[3] > SMALLEST) outline(context, row, css(accent), 1.5);
    else underline(context, row, css(accent));
  }
  for (const cell of cellsOf(locked)) outline(context, grown(box.cell(cell)), css(ink), 2);
  if (hovered) outline(context, grown(box.cell(hovered)), css(ink), 1.5);
  context.restore();

  if (locked.isSet) bandSets(context, box, geometry, locked, picture.colours);
  if (hovered) bracketWords(context, box, geometry, hovered, tokens, css(accent));
  for (const [query, key] of [[locked.query, locked.key], ...(hovered ? [[hovered.queries[0], hovered.keys[0]]] : [])]) {
    nameRow(context, box, geometry, picture.colours, query, tokens.queries);
    nameColumn(context, box, geometry, picture.colours, key, tokens.keys);
  }
  printShares(context, box, geometry, shares, css(muted));
}

/** Of sets in many pieces the outlines would hide the cells. */
function cellsOf({ queries, keys }) {
  if (queries.length * keys.length > MOST_OUTLINES) return [];
  return queries.flatMap((rows) => keys.map((columns) => ({ queries: rows, keys: columns })));
}

/** Which queries and keys are taken as one: a band along each axis, in the hue of its direction. */
function bandSets(context, box, { margin, inner }, { queries, keys }, { accent, second }) {
  const within = (value, low, size) => Math.min(low + size, Math.max(low, value));
  const band = (from, size, low, room) => [within(from, low, room), within(from + size, low, room)];
  context.fillStyle = css(accent);
  for (const [, top, , height] of queries.map(box.rows)) {
    const [from, to] = band(top, height, margin.t, inner.height);
    if (to > from) context.fillRect(margin.l - BAND - 1, from, BAND, Math.max(2, to - from));
  }
  context.fillStyle = css(second);
  for (const [left, , width] of keys.map(box.columns)) {
    const [from, to] = band(left, width, margin.l, inner.width);
    if (to > from) context.fillRect(from, margin.t - BAND - 1, Math.max(2, to - from), BAND);
  }
}

/** Rectangles [x, y, width, height] of tokens [start, stop) as rows, columns and cells. */
function boxes({ margin, inner, range: { x, y } }) {
  const across = inner.width / (x[1] - x[0]);
  const down = inner.height / (y[1] - y[0]);
  const span = (corner, size, low) => ([start, stop]) => [corner + (start - 0.5 - low) * size, (stop - start) * size];
  const [horizontal, vertical] = [span(margin.l, across, x[0]), span(margin.t, down, y[0])];
  const rows = (queries) => {
    const [top, height] = vertical(queries);
    return [margin.l, top, inner.width, height];
  };
  const columns = (keys) => {
    const [left, width] = horizontal(keys);
    return [left, margin.t, width, inner.height];
  };
  const middle = ([start, size]) => start + size / 2;
  return {
    rows,
    columns,
    cell({ queries, keys }) {
      const [[, top, , height], [left, , width]] = [rows(queries), columns(keys)];
      return [left, top, width, height];
    },
    middleOfRow: (query) => middle(vertical([query, query + 1])),
    middleOfColumn: (key) => middle(horizontal([key, key + 1])),
  };
}

/** A cell of one pixel could not be found again. */
function grown([x, y, width, height]) {
  const [dx, dy] = [Math.max(0, SMALLEST - width) / 2, Math.max(0, SMALLEST - height) / 2];
  return [x - dx, y - dy, width + 2 * dx, height + 2 * dy];
}

function outline(context, [x, y, width, height], colour, line) {
  context.strokeStyle = colour;
  context.lineWidth = line;
  context.strokeRect(x, y, width, height);
}

/** A row of a pixel or two keeps its cells visible: the line marks its lower edge. */
function underline(context, [x, y, width, height], colour) {
  context.fillStyle = colour;
  context.fillRect(x, y + height, width, 1);
}

/** Both axes show the whole word of which the hovered token is a piece. */
function bracketWords(context, box, { margin, inner }, { queries, keys }, tokens, colour) {
  const word = (of, [start, stop]) => [wordSpan(of, start)[0], wordSpan(of, stop - 1)[1] + 1];
  const [, top, , height] = box.rows(word(tokens.queries, queries));
  const [left, , width] = box.columns(word(tokens.keys, keys));
  const within = (value, low, size) => Math.min(low + size, Math.max(low, value));
  context.fillStyle = colour;
  const [y0, y1] = [top, top + height].map((y) => within(y, margin.t, inner.height));
  const [x0, x1] = [left, left + width].map((x) => within(x, margin.l, inner.width));
  context.fillRect(margin.l - 4, y0, 3, Math.max(3, y1 - y0));
  context.fillRect(x0, margin.t - 4, Math.max(3, x1 - x0), 3);
}

/** The names of the locked and the hovered token are always there, whatever labels are thinned. */
function nameRow(context, box, { margin, inner, labelled }, colours, query, tokens) {
  const middle = box.middleOfRow(query);
  if (middle < margin.t || middle > margin.t + inner.height) return;
  context.font = `bold 12px ${FONT}`;
  const text = labelOf(tokens[query]);
  context.fillStyle = css(colours.surface);
  for (const covered of [middle, ...labelled.rows.map(box.middleOfRow).filter((y) => Math.abs(y - middle) < LINE)]) {
    context.fillRect(AXIS_TITLE, covered - 8, margin.l - 4 - AXIS_TITLE, 17);
  }
  context.fillStyle = css(colours.accent);
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(text, margin.l - 6, middle + 1);
}

function nameColumn(context, box, { margin, inner, shareBand, angle, labelled }, colours, key, tokens) {
  const middle = box.middleOfColumn(key);
  if (middle < margin.l || middle > margin.l + inner.width) return;
  const lift = angle === -90 ? 0 : -4; // Plotly hangs a slanted label by its corner
  const turned = (x) => {
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.translate(x, margin.t - shareBand - 2);
    context.rotate((angle * Math.PI) / 180);
  };
  context.save();
  context.font = `bold 12px ${FONT}`;
  const text = labelOf(tokens[key]);
  context.fillStyle = css(colours.surface);
  for (const covered of [middle, ...labelled.columns.map(box.middleOfColumn).filter((x) => Math.abs(x - middle) < LINE)]) {
    turned(covered);
    context.fillRect(-2, lift - 8, margin.t, 17);
  }
  turned(middle);
  context.fillStyle = css(colours.accent);
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(text, 1, lift + 1);
  context.restore();
}

function printShares(context, box, { margin, inner, shareBand }, shares, colour) {
  context.font = `11px ${FONT}`;
  context.fillStyle = colour;
  context.textAlign = "center";
  context.textBaseline = "middle";
  let free = -Infinity;
  for (const { key, text } of shares) {
    const half = context.measureText(text).width / 2;
    const centre = box.middleOfColumn(key);
    if (centre < margin.l || centre > margin.l + inner.width || centre - half < free) continue;
    context.fillText(text, centre, margin.t - shareBand / 2);
    free = centre + half + 4;
  }
}
