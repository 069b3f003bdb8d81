/** The three scales and what stands with them, on one store: the same on every page that shows a head. */
import { createAnnouncer } from "./announce.js";
import { createControls } from "./controls.js";
import { byId } from "./dom.js";
import { createFilters } from "./filters.js";
import { createHead } from "./head.js";
import { createGoes } from "./goes.js";
import { createMapTools } from "./maptools.js";
import { createOverview } from "./overview.js";
import { createPairGrid } from "./pairgrid.js";
import { createReadout } from "./readout.js";
import { createRow } from "./row.js";
import { createSorting } from "./sorting.js";
import { createStacks } from "./stacks.js";
import { createStage } from "./stage.js";
import { createSteps } from "./steps.js";
import { createTables } from "./tables.js";
import { endPreviews } from "./touch.js";
import { createTrust } from "./trust.js";

/** `problemAt(id)` gives a function (error, retry) that says a problem at that place of the page. */
export function createViews(store, session, problemAt) {
  const plot = createHead(byId("heatmap"), store, session, problemAt("head-problem"));
  createStage(store, session, problemAt("head-problem"));
  createControls(store, plot);
  createStacks(store, session);
  createFilters(store);
  createMapTools(store, plot);
  createReadout(byId("readout"), store);
  createOverview(byId("overview"), store, session);
  createSorting(store, session);
  createSteps(store, session);
  createPairGrid(byId("pair-grid"), store, session);
  createRow(store, session);
  createGoes(store);
  endPreviews(store);
  createTrust(store, problemAt("trust-problem"));
  createTables(store);
  return { plot, say: createAnnouncer(store) };
}
