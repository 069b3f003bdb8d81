/** One map of a comparison: cells, names at the edges, what is hatched, what is marked. */
import { binOf } from "../bins.js";
import { css } from "../colour.js";
import { t } from "../i18n.js";
import { hatchPattern } from "../paint.js";
import { FONT } from "../plot.js";
import { ticks } from "../ticks.js";

export const GAPS_UP_TO = 64;
const LONGEST = 96;
const SPACING = 14;
const SMALLEST = 6;
const buffer = document.createElement("canvas");

/** Names of slots: what only one side has says so. */
export function slotName(axis, at) {
  const only = axis.only(at);
  return only ? t("compare.only", axis.text(at), only) : axis.text(at);
}

const ROOM = new WeakMap();

/** What the names of an axis take, which is the same for every head. */
function roomOf(axis) {
  if (!ROOM.has(axis)) {
    const pen = buffer.getContext("2d");
    pen.font = `12px ${FONT}`;
    let most = 20;
    for (let at = 0; at < axis.length; at += 1) most = Math.max(most, pen.measureText(slotName(axis, at)).width);
    ROOM.set(axis, Math.min(LONGEST, Math.ceil(most)) + 6);
  }
  return ROOM.get(axis);
}

/** Where the cells lie: room for the names left and above. */
export function frameOf({ axes, rows, columns }, width) {
  const [left, top] = [roomOf(axes.queries), roomOf(axes.keys)];
  const across = Math.max(60, width - left - 2);
  const down = Math.round(across * Math.min(1.4, Math.max(0.4, rows / columns)));
  return { width, left, top, across, down, height: top + down + 2 };
}

export function paintMap(context, picture, panel, frame) {
  context.clearRect(0, 0, frame.width, frame.height);
  paintCells(context, picture, panel, frame);
  hatch(context, picture, panel, frame);
  if (Math.max(picture.rows, picture.columns) <= GAPS_UP_TO) gaps(context, picture, frame);
  label(context, picture, frame);
  borders(context, picture, frame);
}

/** Where the second text of a pair begins on each axis. */
function borders(context, { axes, rowBins, columnBins, rows, columns, colours }, { left, top, across, down }) {
  context.save();
  context.setLineDash([4, 3]);
  context.strokeStyle = css(colours.ink);
  context.lineWidth = 1;
  const [y, x] = [[axes.queries, rowBins, down, rows], [axes.keys, columnBins, across, columns]].map(([axis, bins, size, count]) =>
    axis.second > 0 && (binOf(bins, axis.second) * size) / count);
  context.beginPath();
  if (x) dash(context, left + x, 0, left + x, top + down);
  if (y) dash(context, 0, top + y, left + across, top + y);
  context.stroke();
  context.restore();
}

function dash(context, x0, y0, x1, y1) {
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
}

function paintCells(context, { rows, columns }, panel, { left, top, across, down }) {
  const ratio = context.getTransform().a;
  const [width, height] = [Math.round(across * ratio), Math.round(down * ratio)];
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const [x, y] = [cellsUnder(columns, width), cellsUnder(rows, height)];
  const seen = Uint8Array.from({ length: width }, (_, px) => Number(panel.across.subarray(x[2 * px], x[2 * px + 1] + 1).includes(1)));
  const farthest = new Int16Array(columns);
  for (let py = 0; py < height; py += 1) {
    const line = py * width;
    const [first, last] = y.subarray(2 * py, 2 * py + 2);
    if (py && first === y[2 * py - 2] && last === y[2 * py - 1]) {
      pixels.copyWithin(line, line - width, line);
    } else if (panel.down.subarray(first, last + 1).includes(1)) {
      joinRows(farthest, panel, first, last);
      paintLine(pixels.subarray(line, line + width), panel, farthest, x, seen);
    }
  }
  [buffer.width, buffer.height] = [width, height];
  buffer.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(buffer, left, top, across, down);
}

const UNSEEN = -128;

/** Of each column the byte of these rows that is farthest from 0. */
function joinRows(farthest, { plane, down, spans }, firstRow, lastRow) {
  farthest.fill(UNSEEN);
  for (let row = firstRow; row <= lastRow; row += 1) {
    if (!down[row]) continue;
    const at = row * farthest.length;
    const last = spans[2 * row + 1];
    for (let column = spans[2 * row]; column <= last; column += 1) {
      const byte = plane[at + column];
      const before = farthest[column];
      if (before === UNSEEN || Math.abs(byte) > Math.abs(before)) farthest[column] = byte;
    }
  }
}

/** The same of the columns under each pixel; what has no counterpart is 0, and clear where it is alone. */
function paintLine(pixels, { table, masked }, farthest, x, seen) {
  for (let px = 0; px < seen.length; px += 1) {
    if (!seen[px]) continue;
    const last = x[2 * px + 1];
    let found = UNSEEN;
    for (let column = x[2 * px]; column <= last; column += 1) {
      const byte = farthest[column];
      if (byte !== UNSEEN && (found === UNSEEN || Math.abs(byte) > Math.abs(found))) found = byte;
    }
    pixels[px] = found === UNSEEN ? masked : table[found & 255];
  }
}

/** First and last cell under each pixel. */
function cellsUnder(count, pixels) {
  const bounds = new Uint32Array(2 * pixels);
  for (let at = 0; at < pixels; at += 1) {
    bounds[2 * at] = Math.floor((at * count) / pixels);
    bounds[2 * at + 1] = Math.max(bounds[2 * at], Math.floor(((at + 1) * count) / pixels) - 1);
    if (count <= pixels) bounds[2 * at] = bounds[2 * at + 1] = Math.floor(((at + 0.5) * count) / pixels);
  }
  return bounds;
}

function hatch(context, { rows, columns, colours }, panel, { left, top, across, down }) {
  context.fillStyle = hatchPattern(context, colours);
  for (let row = 0; row < rows; row += 1) {
    if (!panel.down[row]) context.fillRect(left, top + (row * down) / rows, across, Math.max(1, down / rows));
  }
  for (let column = 0; column < columns; column += 1) {
    if (!panel.across[column]) context.fillRect(left + (column * across) / columns, top, Math.max(1, across / columns), down);
  }
}

export function gaps(context, { rows, columns, colours }, { left, top, across, down }) {
  context.fillStyle = css(colours.surface);
  for (let row = 1; row < rows; row += 1) context.fillRect(left, top + (row * down) / rows - 0.5, across, 1);
  for (let column = 1; column < columns; column += 1) context.fillRect(left + (column * across) / columns - 0.5, top, 1, down);
}

const shown = (axis, pixels) => ticks(Array.from({ length: axis.length }, () => ({ text: "" })), [0, axis.length - 1], pixels, SPACING).tickvals;

function label(context, picture, frame) {
  const { axes, colours } = picture;
  context.font = `12px ${FONT}`;
  for (const at of shown(axes.queries, frame.down)) nameRow(context, picture, frame, at, colours.ink);
  for (const at of shown(axes.keys, frame.across)) nameColumn(context, picture, frame, at, colours.ink);
}

const middle = (bins, at, size) => ((binOf(bins, at) + 0.5) * size) / (bins.length - 1);

function nameRow(context, { axes, rowBins, colours }, { left, top, down }, at, colour) {
  context.fillStyle = css(axes.queries.only(at) ? colours.muted : colour);
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(slotName(axes.queries, at), left - 5, top + middle(rowBins, at, down), left - 6);
}

function nameColumn(context, { axes, columnBins, colours }, { left, top, across }, at, colour) {
  context.save();
  context.translate(left + middle(columnBins, at, across), top - 5);
  context.rotate(-Math.PI / 2);
  context.fillStyle = css(axes.keys.only(at) ? colours.muted : colour);
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(slotName(axes.keys, at), 0, 0, top - 6);
  context.restore();
}

/** From where to where a name covers those that it would cut. */
function covered(axis, bins, at, size) {
  const here = middle(bins, at, size);
  const cut = shown(axis, size).map((each) => middle(bins, each, size)).filter((each) => Math.abs(each - here) < SPACING);
  return [Math.min(here, ...cut) - SPACING / 2, Math.max(here, ...cut) + SPACING / 2];
}

/** The names of a marked cell cover those beside them. */
export function drawMark(context, picture, frame, { row, column }, hovered) {
  const { axes, rows, columns, rowBins, columnBins, colours } = picture;
  const { left, top, across, down } = frame;
  const [width, height] = [across / columns, down / rows];
  const [x, y] = [left + binOf(columnBins, column) * width, top + binOf(rowBins, row) * height];
  context.lineWidth = 1;
  context.strokeStyle = css(hovered ? colours.muted : colours.accent);
  context.strokeRect(left, y, across, height);
  if (hovered) context.strokeRect(x, top, width, down);
  context.lineWidth = hovered ? 1.5 : 2;
  context.strokeStyle = css(colours.ink);
  const [dx, dy] = [Math.max(0, SMALLEST - width) / 2, Math.max(0, SMALLEST - height) / 2];
  context.strokeRect(x - dx, y - dy, width + 2 * dx, height + 2 * dy);
  context.fillStyle = css(colours.surface);
  const [[upper, lower], [first, last]] = [covered(axes.queries, rowBins, row, down), covered(axes.keys, columnBins, column, across)];
  context.fillRect(0, top + upper, left - 3, lower - upper);
  context.fillRect(left + first, 0, last - first, top - 3);
  context.font = `bold 12px ${FONT}`;
  nameRow(context, picture, frame, row, colours.accent);
  nameColumn(context, picture, frame, column, colours.accent);
}
