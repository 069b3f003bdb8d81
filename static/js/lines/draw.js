/** Paints the lines between both sides; the stronger lie on the weaker. */
import { css, place } from "../colour.js";
import { fitCanvas } from "../dom.js";
import { FONT } from "../plot.js";
import { endOf } from "./layout.js";

const [THINNEST, THICKEST] = [1, 4];
/** Of lines beside those that are looked at; of those to sinks, which are off the scale. */
const FAINT = 0.45;
const OFF = { least: 0.4, most: 0.75 };
const DASH = [3, 4];
/** Less changes no pixel. */
const VISIBLE = 1 / 255;
/** Where along a line its head is named: the names of several must not meet. */
const NAMED_AT = [0.5, 0.36, 0.64, 0.43, 0.57];
const SWATCH = 8;

/**
 * @param {{lines: object[], heads: number[], top: number}} found  (gather.js)
 * @param {{scale: string, colours: object, colourOf: (line: object) => string, isFocus: (line: object) => boolean}} look
 */
export function drawLines(canvas, layout, offset, found, look) {
  const { width, height } = layout.size;
  const context = fitCanvas(canvas, width, height);
  context.clearRect(0, 0, width, height);
  const curve = ({ query, key }) => [endOf(layout, "query", query, offset), endOf(layout, "key", key, offset)];
  const [axis, room] = layout.horizontal ? [0, width] : [1, height];
  const isSeen = (ends) => ends.some((end) => end[axis] >= 0 && end[axis] <= room);
  const seen = found.lines.map((line) => ({ line, ends: curve(line) })).filter(({ ends }) => isSeen(ends));
  for (const each of seen) stroke(context, layout, each, found.top, look);
  context.globalAlpha = 1;
  context.setLineDash([]);
  if (found.heads.length > 1) nameHeads(context, layout, seen, look);
}

function stroke(context, { horizontal }, { line, ends: [[x0, y0], [x1, y1]] }, top, { scale, colourOf, isFocus }) {
  const strength = line.off ? line.weight : place(scale, line.weight, top);
  const alpha = (line.off ? OFF.least + (OFF.most - OFF.least) * strength : strength) * (isFocus(line) ? 1 : FAINT);
  if (alpha < VISIBLE) return;
  context.globalAlpha = alpha;
  context.lineWidth = line.off ? 1.5 : THINNEST + (THICKEST - THINNEST) * strength;
  context.setLineDash(line.off ? DASH : []);
  context.strokeStyle = colourOf(line);
  context.beginPath();
  context.moveTo(x0, y0);
  if (horizontal) context.bezierCurveTo(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2, x1, y1);
  else context.bezierCurveTo((x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1);
  context.stroke();
}

/** The strongest line in focus of each head carries its name, beside a square of its colour: on its own that is no text to read. */
function nameHeads(context, layout, seen, { colours, colourOf, isFocus }) {
  const strongest = new Map();
  for (const each of seen) if (isFocus(each.line)) strongest.set(each.line.head, each);
  context.font = `600 11px ${FONT}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  [...strongest.values()].forEach(({ line, ends }, i) => {
    const name = `H${line.head}`;
    const width = SWATCH + 3 + context.measureText(name).width;
    const [x, y] = pointAt(layout, ends, NAMED_AT[i % NAMED_AT.length]);
    context.fillStyle = css(colours.surface);
    context.fillRect(x - width / 2 - 2, y - 7, width + 4, 14);
    context.fillStyle = colourOf(line);
    context.fillRect(x - width / 2, y - SWATCH / 2, SWATCH, SWATCH);
    context.fillStyle = css(colours.ink);
    context.fillText(name, x - width / 2 + SWATCH + 3, y + 1);
  });
}

/** A point of the curve: it eases across, and goes evenly along. */
function pointAt({ horizontal }, [[x0, y0], [x1, y1]], t) {
  const [even, eased] = [1.5 * t * (1 - t) + t ** 3, t * t * (3 - 2 * t)];
  const mix = (from, to, by) => from + (to - from) * by;
  return horizontal ? [mix(x0, x1, eased), mix(y0, y1, even)] : [mix(x0, x1, even), mix(y0, y1, eased)];
}
