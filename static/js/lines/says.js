/** What stands under the lines: how many of how many are shown, whose, by which rule, on which scale. */
import { filterWords } from "../filters.js";
import { t } from "../i18n.js";
import { isHiding, sinksIn } from "../lens.js";
import { countOf } from "../ranges.js";
import { formatWeight, keysOf, queriesOf } from "../tokens.js";
import { tokenAt } from "../words.js";
import { MOST_LINES } from "./gather.js";

/** @param place {queries: [start, stop)[], key}  as gather has it; `found` is its answer, `beyond` counts lines that leave sight */
export function noteOf(state, place, found, beyond) {
  const { strong, all, lines } = found;
  const sinks = lines.filter(({ off }) => off).length;
  const parts = [
    t("lines.count", lines.length - sinks, all, sinks), whose(state, place), rule(state, place, found),
    strong > lines.length && t("lines.limit", MOST_LINES, strong),
    beyond > 0 && t("lines.beyond", beyond),
    isHiding(sinksIn(state)) && t(`lines.${sinksIn(state)}`),
    filterWords(state.weights.lens),
  ];
  return parts.filter(Boolean).join(t("lines.gap"));
}

function whose({ analysis, stack, lineQueries, querySet }, { queries, key }) {
  const [[first, stop] = []] = queries;
  const drawn = queries.reduce((sum, [from, to]) => sum + to - from, 0);
  const tokens = queriesOf(analysis, stack);
  if (key !== null) return t("lines.toKey", tokenAt(keysOf(analysis, stack), key));
  if (lineQueries === "one" && querySet && drawn !== 1) return t("sets.lines", drawn, countOf(querySet));
  if (lineQueries === "one") return t("lines.fromQuery", tokenAt(tokens, first));
  return stop - first === tokens.length ? t("lines.fromAll") : t("lines.fromSight", first, stop - 1, tokens.length);
}

function rule({ lineMass }, { key }, { shares }) {
  if (lineMass === "1") return t("lines.end");
  const percent = Math.round(lineMass * 100);
  return key === null ? t("lines.byKeys", percent, shares.size > 0) : t("lines.byQueries", percent);
}

export const legendOf = ({ scale }, { top, shares }) => [
  top > 0 && t("lines.opacity", t(`scale.caption.${scale}`), formatWeight(top, 2)),
  shares.size > 0 && t("lines.dashed"),
].filter(Boolean).join(t("lines.gap"));
