/** What is on screen, in parameters of the API: which heads, how they are read, which ranges are in sight, how coarsely. */
import { lensOf } from "./lens.js";
import { drawnHeads } from "./lines/heads.js";
import { countOf } from "./ranges.js";
import { chosen, hasSet } from "./sets.js";
import { keysOf, queriesOf } from "./tokens.js";
import { HEAD_SIZE, placed, viewQuery } from "./weights.js";

export const onScreen = (state) => {
  const ranges = rangesOf(state);
  return { ...headsOn(state), ...lensOf(state.weights.lens, state.painted.view.stack), ...ranges, ...cellsOf(state, ranges) };
};

/** The heads that the open view shows: all of a layer, one in every layer, those whose lines are drawn, else one. */
export function headsOn(state) {
  const { view, painted: { view: open } } = state;
  const { stack, layers, ...one } = viewQuery(open);
  if (view === "layer" && open.show === "head") return { stack, layers };
  if (view === "layers") return { stack, ...one };
  const drawn = view === "lines" ? drawnHeads(state) : [];
  return { stack, layers, ...one, ...(drawn.length > 1 && { heads: drawn.join() }) };
}

/** The open head alone and whole, for a view that shows several; else null. */
export function ofOne(state) {
  const alone = { ...state, view: "heatmap", zoom: null };
  return JSON.stringify(headsOn(state)) === JSON.stringify(headsOn(alone)) ? null : onScreen(alone);
}

/** The sets that are chosen, as the one number that they make; null where there are none. */
export const setsOf = (state) => (hasSet(state) ? {
  ...viewQuery(state.painted.view), ...lensOf(state.weights.lens, state.painted.view.stack),
  ...placed({ queries: chosen(state, "query"), keys: chosen(state, "key") }),
} : null);

/** The same with how it is drawn; a figure is as coarse as it has room for. */
export const figured = (state) => ({
  ...headsOn(state),
  ...lensOf(state.weights.lens, state.painted.view.stack),
  ...rangesOf(state),
  pool: state.pool,
  sinks: state.sinks === "shown" ? "shown" : "off",
  scale: state.scale,
  theme: state.theme,
  lang: state.lang,
});

/** Queries and keys that the zoomed heatmap shows, also where it shows only a part of their cells. */
function rangesOf({ view, zoom }) {
  if (view !== "heatmap" || !zoom) return {};
  const [queries, keys] = zoom.split(",").map((span) => {
    const [start, stop] = span.split(":").map(Number);
    return `${Math.floor(start)}:${Math.ceil(stop)}`;
  });
  return { queries, keys };
}

/** Where cells stand for several weights: how many there are at most, and what they show. */
function cellsOf({ analysis, weights, painted: { view } }, { queries, keys }) {
  const lengths = [[queriesOf, queries], [keysOf, keys]].map(([of, ranges]) => (ranges ? countOf(ranges) : of(analysis, view.stack).length));
  if (Math.max(...lengths) <= HEAD_SIZE) return {};
  const { pool, off } = weights.drawn(view);
  return { size: HEAD_SIZE, pool, ...(off && { off }) };
}
