/** Both texts of a pair along the axes of a picture: a bracket with its name at each edge, and a line where they meet. */
import { css } from "./colour.js";
import { segmentsOf } from "./tokens.js";

/** Room that the brackets of an axis take beside the cells. */
export const SEGMENT_BAND = 18;
const GAP = 4;
const TICK = 4;

/** @param {{margin, inner, range}} geometry  of the plot; `font` is a family */
export function drawSegments(context, { margin, inner, range }, { queries, keys }, colours, font) {
  context.save();
  context.font = `bold 12px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 1;
  context.strokeStyle = css(colours.muted);
  context.fillStyle = css(colours.ink);
  const [right, bottom] = [margin.l + inner.width, margin.t + inner.height];
  for (const { name, from, to, border } of along(keys, range.x, margin.l, inner.width)) {
    bracket(context, [[from, bottom + GAP], [from, bottom + GAP + TICK], [to, bottom + GAP + TICK], [to, bottom + GAP]]);
    label(context, name, (from + to) / 2, bottom + GAP + TICK, colours);
    if (border) dashed(context, [[border, margin.t], [border, bottom]]);
  }
  for (const { name, from, to, border } of along(queries, range.y, margin.t, inner.height)) {
    bracket(context, [[right + GAP, from], [right + GAP + TICK, from], [right + GAP + TICK, to], [right + GAP, to]]);
    label(context, name, right + GAP + TICK, (from + to) / 2, colours);
    if (border) dashed(context, [[margin.l, border], [right, border]]);
  }
  context.restore();
}

/** What is in sight of each text, in pixels; `border` is where it begins, if that is in sight and not the edge. */
function along(tokens, [low, high], corner, size) {
  const place = (token) => corner + ((token - 0.5 - low) / (high - low)) * size;
  const within = (pixel) => Math.min(corner + size, Math.max(corner, pixel));
  return segmentsOf(tokens).map(({ name, span: [start, stop] }) => ({
    name, from: within(place(start)) + 1, to: within(place(stop)) - 1,
    border: start > 0 && within(place(start)) === place(start) ? place(start) : null,
  })).filter(({ from, to }) => to > from);
}

function bracket(context, [first, ...rest]) {
  context.beginPath();
  context.moveTo(...first);
  for (const point of rest) context.lineTo(...point);
  context.stroke();
}

/** The name stands in a gap of its bracket. */
function label(context, name, x, y, { surface, ink }) {
  context.fillStyle = css(surface);
  context.fillRect(x - 8, y - 8, 16, 16);
  context.fillStyle = css(ink);
  context.fillText(name, x, y + 1);
}

function dashed(context, line) {
  context.save();
  context.setLineDash([4, 3]);
  bracket(context, line);
  context.restore();
}
