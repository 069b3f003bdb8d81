/** The lists of the row panel, and the colours and numbers that they and the text have. */
import { binOf } from "./bins.js";
import { colourAt, css, inkOn, place } from "./colour.js";
import { h, refill } from "./dom.js";
import { filterWords } from "./filters.js";
import { isHiding, isOff } from "./lens.js";
import { t } from "./i18n.js";
import { isIn, placesIn } from "./ranges.js";
import { subjectOf, textSide } from "./sets.js";
import { palette } from "./theme.js";
import { formatWeight, keysOf } from "./tokens.js";
import { topOf } from "./top.js";

export const TOP_KEYS = 6;

const shadings = new WeakMap();

/** What a word of the text is given at this place of the ramp; null for nothing. */
function shadingAt(ramp, share) {
  if (share < 0.004) return null;
  const rgb = colourAt(ramp, share);
  if (!shadings.has(rgb)) shadings.set(rgb, { background: css(rgb), ink: inkOn(rgb) });
  return shadings.get(rgb);
}

/** Whether a key is off the scale, or hidden. */
export function offIn({ analysis, stack }, { sinks }) {
  const keys = keysOf(analysis, stack);
  return (index) => isOff(sinks, keys[index], stack);
}

/** The keys that the text shows may be off the scale; the queries that look at one never are. */
const offInText = (state, view) => (state.direction === "looks" ? offIn(state, view) : () => false);

/** The largest weight that is on the scale. */
export function topIn(values, state, view) {
  const off = offInText(state, view);
  return values.reduce((top, weight, index) => (weight > top && !off(index) ? weight : top), 0);
}

/** How the words look that have these weights (sentence.js). */
export function lookIn(values, top, state, view) {
  const off = offInText(state, view);
  const ramp = palette(state.theme)[state.direction === "looks" ? "accentRamp" : "secondRamp"];
  return {
    side: textSide(state),
    mark: (index) => (off(index) ? isHiding(view.sinks) ? "gone" : "off" : null),
    colour: (index) => (off(index) ? null : shadingAt(ramp, place(state.scale, values[index], top))),
  };
}

/** The mean over rows, or the sum over columns, as they are drawn. */
export function drawn({ bytes, rows, columns, quantum, rowBins, columnBins }, state) {
  const isRow = state.direction === "looks";
  const bins = isRow ? rowBins : columnBins;
  const places = placesIn(subjectOf(state)).map((index) => binOf(bins, index));
  const values = new Float32Array(isRow ? columns : rows);
  for (const at of places) {
    for (let i = 0; i < values.length; i += 1) values[i] += quantum * (bytes[isRow ? at * columns + i : i * columns + at] / 255) ** 2;
  }
  return isRow ? values.map((sum) => sum / places.length) : values;
}

/** What the keys that are not listed have; the mask forbids those without any weight. */
export function restOf(row, show, lens) {
  if (show === "max") return t("row.maxima");
  const shown = topOf(row, TOP_KEYS);
  if (!shown.length) return t(filterWords(lens) ? "filter.nothing" : "row.hidden");
  const rest = row.reduce((count, weight) => count + (weight > 0), 0) - shown.length;
  if (rest < 1) return "";
  const sum = sumOf(row) - sumOf(shown.map((i) => row[i]));
  return t("row.andMore", rest, (Math.max(0, sum) * 100).toFixed(1));
}

const sumOf = (row) => row.reduce((total, weight) => total + weight, 0);

/** How much of a row the filters leave. */
export const leftOf = (row, show, lens) => (show !== "max" && filterWords(lens) ? t("filter.leftOfRow", (100 * sumOf(row)).toFixed(1)) : "");

export function bars(list, order, { values, top, tokens, off, exact, marked, pick }) {
  if (!order.length) {
    refill(list, h("li", { class: "quiet" }, t("filter.nothing")));
    return;
  }
  refill(list, ...order.map((index) => h("li", {}, h("button", {
    type: "button", class: "bar-row", "data-i": index, "aria-current": String(marked !== null && isIn(marked, index)), onclick: () => pick(index),
  },
  h("span", { class: "bar-token", title: tokens[index].text }, h("bdi", { class: "name" }, tokens[index].text), " ", h("span", { class: "index" }, String(index))),
  h("span", { class: "bar-track", "aria-hidden": "true" }, h("span", {
    class: off(index) ? "bar-fill off" : "bar-fill",
    style: `width:${Math.min(100, (100 * values[index]) / (top || 1))}%`,
  })),
  h("span", { class: "bar-value" }, exact ? formatWeight(values[index]) : `≈ ${formatWeight(values[index], 2)}`)))));
}
