/**
 * The window of a picture that is in sight, {x: [left, right], y: [top, bottom]} in tokens: token i lies
 * at i ± 0.5. Everything here takes a window and gives another.
 */

/** Tokens that a window holds at least, each way. */
const LEAST = 4;
/** Pixels of a cell that is easy to see. */
const READABLE = 8;

const both = (call, view, ...others) => ({
  x: call(view.x, ...others.map((other) => other.x)),
  y: call(view.y, ...others.map((other) => other.y)),
});
const lengthOf = ([from, to]) => to - from;
const around = (middle, length) => [middle - length / 2, middle + length / 2];
const middleOf = ([from, to]) => (from + to) / 2;

export const wholeOf = ({ queries, keys }) => ({ x: [-0.5, keys.length - 0.5], y: [-0.5, queries.length - 0.5] });

export const isWhole = (view, whole) =>
  ["x", "y"].every((axis) => lengthOf(view[axis]) >= lengthOf(whole[axis]) - 1e-6);

/** A window as links say it, "queries,keys" each as start:stop along the tokens; null for the whole. */
export const spelled = (view, whole) => (isWhole(view, whole) ? null : [view.y, view.x]
  .map((span) => span.map((at) => Math.round(100 * (at + 0.5)) / 100).join(":")).join());

/** The window that is spelled so, and the whole for null. */
export function unspelled(words, whole) {
  if (words === null) return whole;
  const [y, x] = words.split(",").map((span) => span.split(":").map((at) => at - 0.5));
  return clamped({ x, y }, whole);
}

/** Not larger than the whole, not beyond its edges, not too small to move in. */
export const clamped = (view, whole) => both((span, [low, high]) => {
  const length = Math.min(high - low, Math.max(LEAST, lengthOf(span)));
  const start = Math.min(high - length, Math.max(low, middleOf(span) - length / 2));
  return [start, start + length];
}, view, whole);

/** Larger or smaller by a factor, with its middle at a pair of tokens or where it was. */
export const zoomed = (view, factor, at) => ({
  x: around(at?.key ?? middleOf(view.x), lengthOf(view.x) * factor),
  y: around(at?.query ?? middleOf(view.y), lengthOf(view.y) * factor),
});

/** The same, but the place at these shares of the window (0..1) stays where it is. */
export const zoomedAt = (view, factor, share) => both(([from, to], part) => {
  const at = from + (to - from) * Math.min(1, Math.max(0, part));
  return [at - (at - from) * factor, at + (to - at) * factor];
}, view, share);

/** Moved by a share of its size. */
export const panned = (view, down, right) => both((span, by) =>
  span.map((at) => at + lengthOf(span) * by), view, { x: right, y: down });

/** Moved as little as shows this pair of tokens. */
export const revealing = (view, { query, key }) => both(([from, to], at) => {
  const by = Math.min(0, at - 0.5 - from) + Math.max(0, at + 0.5 - to);
  return [from + by, to + by];
}, view, { x: key, y: query });

/** Around this place, as large as it was. */
export const centred = (view, { query, key }) => both((span, at) => around(at, lengthOf(span)), view, { x: key, y: query });

/** Around a pair of tokens, and so close that its cell can be seen. */
export const focused = (view, { query, key }, { width, height }) => both((span, at, pixels) =>
  around(at, Math.min(lengthOf(span), pixels / READABLE)), view, { x: key, y: query }, { x: width, y: height });

/** What lay between two fingers lies between them still; places as shares of the window. */
export const pinched = (view, from, now, zoom) => both((span, before, after) => {
  const start = span[0] + before * lengthOf(span) - after * lengthOf(span) * zoom;
  return [start, start + lengthOf(span) * zoom];
}, view, from, now);
