/** What lies over the cells: the locked row and cell, the hovered ones, shares of the sinks. */
import { fitCanvas } from "./dom.js";
import { css } from "./colour.js";
import { FONT } from "./plot.js";
import { labelOf } from "./ticks.js";
import { binOf } from "./weights.js";
import { wordSpan } from "./tokens.js";

const SMALLEST = 7;
const LINE = 16;
const AXIS_TITLE = 24;

/** @param {{locked, hovered, shares: {column, text}[], tokens}} marks  cells as {row, column} */
export function drawOverlay(canvas, geometry, picture, { locked, hovered, shares, tokens }) {
  const { width, height, margin, inner } = geometry;
  const context = fitCanvas(canvas, width, height);
  context.clearRect(0, 0, width, height);
  const box = boxes(geometry);
  const { accent, ink, muted } = picture.colours;

  context.save();
  context.beginPath();
  context.rect(margin.l - 2, margin.t - 2, inner.width + 4, inner.height + 4);
  context.clip();
  if (hovered) {
    outline(context, box.row(hovered.row), css(muted), 1);
    outline(context, box.column(hovered.column), css(muted), 1);
  }
  const row = box.row(locked.row);
  if (row[3] > SMALLEST) outline(context, row, css(accent), 1.5);
  else underline(context, row, css(accent));
  outline(context, grown(box.cell(locked)), css(ink), 2);
  if (hovered) outline(context, grown(box.cell(hovered)), css(ink), 1.5);
  context.restore();

  if (hovered) bracketWords(context, box, geometry, picture, hovered, tokens, css(accent));
  for (const cell of hovered ? [locked, hovered] : [locked]) {
    nameRow(context, box, geometry, picture, cell.row, tokens.queries);
    nameColumn(context, box, geometry, picture, cell.column, tokens.keys);
  }
  printShares(context, box, geometry, shares, css(muted));
}

/** Rectangles [x, y, width, height] of rows, columns and cells. */
function boxes({ margin, inner, range: { x, y } }) {
  const across = inner.width / (x[1] - x[0]);
  const down = inner.height / (y[1] - y[0]);
  const left = (column) => margin.l + (column - 0.5 - x[0]) * across;
  const above = (row) => margin.t + (row - 0.5 - y[0]) * down;
  return {
    row: (row) => [margin.l, above(row), inner.width, down],
    column: (column) => [left(column), margin.t, across, inner.height],
    cell: ({ row, column }) => [left(column), above(row), across, down],
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
function bracketWords(context, box, { margin, inner }, { block }, hovered, tokens, colour) {
  const span = (of, bins, i) => wordSpan(of, bins[i]).map((token) => binOf(bins, token));
  const [q0, q1] = span(tokens.queries, block.rowBins, hovered.row);
  const [k0, k1] = span(tokens.keys, block.columnBins, hovered.column);
  const [, top] = box.row(q0);
  const [, last, , rowHeight] = box.row(q1);
  const [left] = box.column(k0);
  const [right, , columnWidth] = box.column(k1);
  const within = (value, low, size) => Math.min(low + size, Math.max(low, value));
  context.fillStyle = colour;
  const [y0, y1] = [top, last + rowHeight].map((y) => within(y, margin.t, inner.height));
  const [x0, x1] = [left, right + columnWidth].map((x) => within(x, margin.l, inner.width));
  context.fillRect(margin.l - 4, y0, 3, Math.max(3, y1 - y0));
  context.fillRect(x0, margin.t - 4, Math.max(3, x1 - x0), 3);
}

/** The names of the locked and the hovered token are always there, whatever labels are thinned. */
function nameRow(context, box, { margin, inner, labelled }, { block, colours }, row, tokens) {
  const centre = (at) => box.row(at)[1] + box.row(at)[3] / 2;
  const middle = centre(row);
  if (middle < margin.t || middle > margin.t + inner.height) return;
  context.font = `bold 12px ${FONT}`;
  const text = labelOf(tokens, block.rowBins, row);
  context.fillStyle = css(colours.surface);
  for (const covered of [middle, ...labelled.rows.map(centre).filter((y) => Math.abs(y - middle) < LINE)]) {
    context.fillRect(AXIS_TITLE, covered - 8, margin.l - 4 - AXIS_TITLE, 17);
  }
  context.fillStyle = css(colours.accent);
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(text, margin.l - 6, middle + 1);
}

function nameColumn(context, box, { margin, inner, shareBand, angle, labelled }, { block, colours }, column, tokens) {
  const centre = (at) => box.column(at)[0] + box.column(at)[2] / 2;
  const middle = centre(column);
  if (middle < margin.l || middle > margin.l + inner.width) return;
  const lift = angle === -90 ? 0 : -4; // Plotly hangs a slanted label by its corner
  const turned = (x) => {
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.translate(x, margin.t - shareBand - 2);
    context.rotate((angle * Math.PI) / 180);
  };
  context.save();
  context.font = `bold 12px ${FONT}`;
  const text = labelOf(tokens, block.columnBins, column);
  context.fillStyle = css(colours.surface);
  for (const covered of [middle, ...labelled.columns.map(centre).filter((x) => Math.abs(x - middle) < LINE)]) {
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
  for (const { column, text } of shares) {
    const [x, , width] = box.column(column);
    const half = context.measureText(text).width / 2;
    const centre = x + width / 2;
    if (centre < margin.l || centre > margin.l + inner.width || centre - half < free) continue;
    context.fillText(text, centre, margin.t - shareBand / 2);
    free = centre + half + 4;
  }
}
