/** The parts of a long head that are in sight, as finely as the screen can show them. */
import { wasAborted } from "./api.js";
import { grainOf } from "./bins.js";
import { palette } from "./theme.js";
import { makePicture } from "./picture.js";
import { keysOf, keySpan, layerOf, queriesOf } from "./tokens.js";
import { HEAD_SIZE, TILE } from "./weights.js";

/** @param {{onArrival: () => void, onProblem: (error) => void}} to */
export function createTiles(store, { onArrival, onProblem }) {
  const pending = new Map();
  let failed = false;
  /** Pictures by block: the one it has beside this whole, on this scale. */
  const known = new WeakMap();

  /**
   * Asks for what is in sight and not there yet, and lets go of what no longer is.
   *
   * @param {{range: {x, y}, inner: {width, height}}} geometry  of the plot
   */
  function follow(view, geometry) {
    const { analysis, weights } = store.get();
    const wanted = inSight(analysis, view, geometry);
    const names = new Set(wanted.map((at) => nameOf(analysis, view, at)));
    for (const [name, controller] of pending) if (!names.has(name)) controller.abort();
    for (const at of wanted) {
      if (!weights.heldTile(view, at) && !pending.has(nameOf(analysis, view, at))) fetch(view, at);
    }
  }

  async function fetch(view, at) {
    const { analysis, weights } = store.get();
    const name = nameOf(analysis, view, at);
    const controller = new AbortController();
    pending.set(name, controller);
    try {
      await weights.tile(view, at, controller.signal);
      tell(null);
    } catch (error) {
      if (!wasAborted(error)) tell(error);
      return;
    } finally {
      if (pending.get(name) === controller) pending.delete(name);
    }
    onArrival();
  }

  /** A part that comes ends the problem of another part, not that of anything else. */
  function tell(error) {
    if (error || failed) onProblem(error);
    failed = error !== null;
  }

  /** Pictures of the whole and of the parts that are there, on one scale: means of small bins are larger. */
  function pictures(whole, view, geometry) {
    const { analysis, weights, scale, theme } = store.get();
    const blocks = inSight(analysis, view, geometry).map((at) => weights.heldTile(view, at)).filter(Boolean);
    const { between } = weights.lens;
    const made = (block, top) => makePicture(block, analysis, view, { scale, sinks: view.sinks, between, colours: palette(theme) }, top);
    const top = Math.max(whole.top, ...(view.pool === "mean" ? blocks.map((block) => made(block).top) : []));
    const beside = (block) => {
      const found = known.get(block);
      if (found?.whole === whole && found.top === top) return found.picture;
      const picture = made(block, top);
      known.set(block, { whole, top, picture });
      return picture;
    };
    return [top > whole.top ? beside(whole.block) : whole, ...blocks.map(beside)];
  }

  /** How coarse what is in sight is: parts that are not there leave the whole to be seen. */
  function grain(whole, view, geometry) {
    const { analysis, weights } = store.get();
    const blocks = inSight(analysis, view, geometry).map((at) => weights.heldTile(view, at));
    const held = blocks.filter(Boolean);
    return grainOf(held.length && held.length === blocks.length ? held : [whole.block, ...held]);
  }

  return { follow, pictures, grain };
}

const nameOf = ({ id }, { stack, layer, head, show, pool, sinks }, at) => [id, stack, layer, head, show, pool, sinks, ...at].join();

/** Bounds [first query, end, first key, end] of the tiles in sight that hold anything but masked cells. */
function inSight(analysis, view, { range: { x, y }, inner }) {
  const [queries, keys] = [queriesOf(analysis, view.stack).length, keysOf(analysis, view.stack).length];
  const down = cut(y, inner.height, queries);
  const across = cut(x, inner.width, keys);
  if (down.enough && across.enough) return [];
  const layer = layerOf(analysis, view);
  return down.parts.flatMap(([q0, q1]) => {
    const [first, last] = [keySpan(layer, q0, keys)[0], keySpan(layer, q1 - 1, keys)[1]];
    return across.parts.filter(([k0, k1]) => k0 <= last && k1 > first).map((part) => [q0, q1, ...part]);
  });
}

/** Parts of an axis of TILE cells each; `enough` where cells of the whole are as small already. */
function cut([from, to], pixels, length) {
  const perCell = 2 ** Math.max(0, Math.ceil(Math.log2((to - from) / pixels)));
  const span = TILE * perCell;
  const first = Math.max(0, Math.floor((from + 0.5) / span));
  const parts = [];
  for (let start = first * span; start < Math.min(length, to + 0.5); start += span) {
    parts.push([start, Math.min(length, start + span)]);
  }
  return { parts, enough: perCell >= length / Math.min(length, HEAD_SIZE) };
}
