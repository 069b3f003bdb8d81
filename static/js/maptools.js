/** What helps to find one's way in a picture of many tokens: the whole small beside it, and a search. */
import { byId } from "./dom.js";
import { createFind } from "./find.js";
import { createMinimap } from "./minimap.js";
import { keysOf } from "./tokens.js";

/** Up to here the whole picture can be read as it is. */
const MANY = 64;

export function createMapTools(store, plot) {
  const minimap = createMinimap(store, plot);
  createFind(store, plot);
  plot.onMove(minimap.follow);
  store.on(["analysis", "stack"], ({ analysis, stack }) => {
    byId("map-tools").hidden = keysOf(analysis, stack).length <= MANY;
  });
}
