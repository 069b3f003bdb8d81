/** What is on screen, in parameters of the API: which head, how it is read, and which ranges are in sight. */
import { lensOf } from "./lens.js";
import { chosen, hasSet } from "./sets.js";
import { placed, viewQuery } from "./weights.js";

export const onScreen = (state) => ({
  ...viewQuery(state.painted.view),
  ...lensOf(state.weights.lens, state.painted.view.stack),
  ...rangesOf(state),
});

/** The sets that are chosen, as the one number that they make; null where there are none. */
export const setsOf = (state) => (hasSet(state)
  ? { ...onScreen({ ...state, zoom: null }), ...placed({ queries: chosen(state, "query"), keys: chosen(state, "key") }) } : null);

/** The same with how it is drawn. */
export const figured = (state) => ({
  ...onScreen(state),
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
