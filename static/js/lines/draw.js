/** Paints the lines between both sides; the stronger lie on the weaker. */
import { css, place } from "../colour.js";
import { fitCanvas } from "../dom.js";
import { FONT } from "../plot.js";
import { endOf } from "./layout.js";

const [THINNEST, THICKEST] = [1, 4];
/** Of lines beside those that are looked at; of those to sinks, which are off the scale. */
const FAINT = 0.45;
const OFF = { least: 0.18, most: 0.6 };
const DASH = [3, 4];
/** Where along a line its head is named: the names of several must not meet. */
const NAMED_AT = [0.5, 0.36, 0.64, 0.43, 0.57];
const MOST_NAMES = 32;

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
  const alpha = line.off ? OFF.least + (OFF.most - OFF.least) * strength : strength;
  context.globalAlpha = isFocus(line) ? alpha : alpha * FAINT;
  context.lineWidth = line.off ? 1.5 : THINNEST + (THICKEST - THINNEST) * strength;
  context.setLineDash(line.off ? DASH : []);
  context.strokeStyle = colourOf(line);
  context.beginPath();
  context.moveTo(x0, y0);
  if (horizontal) context.bezierCurveTo(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2, x1, y1);
  else context.bezierCurveTo((x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1);
  context.stroke();
}

/** The strongest line in focus of each head carries its name. */
function nameHeads(context, layout, seen, { colours, colourOf, isFocus }) {
  const strongest = new Map();
  for (const each of seen) if (isFocus(each.line)) strongest.set(each.line.head, each);
  context.font = `600 11px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  [...strongest.values()].slice(0, MOST_NAMES).forEach(({ line, ends }, i) => {
    const [x, y] = pointAt(layout, ends, NAMED_AT[i % NAMED_AT.length]);
    context.lineWidth = 4;
    context.strokeStyle = css(colours.surface);
    context.strokeText(`H${line.head}`, x, y);
    context.fillStyle = colourOf(line);
    context.fillText(`H${line.head}`, x, y);
  });
}

/** A point of the curve: it eases across, and goes evenly along. */
function pointAt({ horizontal }, [[x0, y0], [x1, y1]], t) {
  const [even, eased] = [1.5 * t * (1 - t) + t ** 3, t * t * (3 - 2 * t)];
  const mix = (from, to, by) => from + (to - from) * by;
  return horizontal ? [mix(x0, x1, eased), mix(y0, y1, even)] : [mix(x0, x1, even), mix(y0, y1, eased)];
}
