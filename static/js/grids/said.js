/** What stands over heads beside each other: which they are, how they are read, what one of their cells is. */
import { filterWords } from "../filters.js";
import { t } from "../i18n.js";
import { isHiding, sinksIn } from "../lens.js";

/** @param grain  of what is in sight (bins.js), or null */
export function notesOf(state, { label, views, without, pool }, grain) {
  const [{ layer, head, show }] = views;
  const { weights: { lens } } = state;
  return [
    label === "grid.label.layer" ? t("grid.layer", layer, views.length) : t(`grid.layers.${show}`, head, views.length),
    without.length > 0 && t("grid.without", without),
    grain && grainWords(grain, pool),
    lens.unit === "word" && t("head.inWords"),
    isHiding(sinksIn(state)) && t(`reading.${sinksIn(state)}`),
    filterWords(lens),
    t("grid.open"),
  ].filter(Boolean).join(t("grid.gap"));
}

function grainWords({ size: [rows, columns], rough }, pool) {
  if (rough) return t("trust.pooled.rough", rough.rows, rough.sampled);
  return rows * columns > 1 && t("grid.pooled", pool, rows, columns);
}
