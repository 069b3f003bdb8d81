/** One line about a cell: its weight in A, in B, and the difference; about at first, then exactly. A selected one is spoken. */
import { binOf } from "../bins.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { settle } from "../timing.js";
import { formatWeight } from "../tokens.js";
import { slotName } from "./mapcells.js";

const REST_MS = 30;

export const signed = (value, digits) => (value < 0 ? `−${formatWeight(-value, digits)}` : formatWeight(value, digits));

export function createCell() {
  const element = h("p", { id: "compare-cell", class: "readout compare-readout" });
  const spoken = h("p", { class: "visually-hidden", role: "status" });
  let current = null;

  /**
   * @param rows      `rows(row)` gives the float32 of one row of slots, {data} [3][1][1][column]
   * @param selected  a selected pair has its own numbers, a hovered cell of several weights the largest of them
   */
  function show(picture, { row, column }, rows, selected) {
    const place = (current = { row, column, selected });
    const { axes, rowBins, columnBins } = picture;
    const [down, across] = [binOf(rowBins, row), binOf(columnBins, column)];
    const pooled = rowBins[down + 1] - rowBins[down] > 1 || columnBins[across + 1] - columnBins[across] > 1;
    const write = (texts, ofBin) => element.replaceChildren(...[
      ...name(axes.queries, row), h("span", { class: "arrow", "aria-hidden": "true" }, "→"), ...name(axes.keys, column),
      ...["A", "B"].map((letter, side) => h("span", { class: "weight" }, letter, " ", texts[side])),
      texts[2] && h("span", { class: "weight apart" }, "A − B ", texts[2]),
      ofBin && h("span", { class: "rank" }, t("compare.bin"))].filter(Boolean));

    const drawn = picture.panels.map((panel) => panel.weight(down, across));
    write(textsOf(picture, place, drawn, 2, (text) => t("readout.about", text)), pooled);
    element.dataset.exact = "false";
    if (!pooled || selected) exactly({ place, picture, rows, write });
  }

  const exactly = settle(REST_MS, async ({ place, picture, rows, write }) => {
    const { data } = await rows(place.row).catch(() => ({}));
    if (current !== place || !data) return;
    write(textsOf(picture, place, inRow(picture, data, place.column), 4), false);
    element.dataset.exact = "true";
    if (place.selected) speak();
  });

  /** Once for each selection, however often it is drawn. */
  function speak() {
    const said = Array.from(element.children, ({ textContent }) => textContent.trim()).join(" ");
    if (spoken.textContent !== said) spoken.textContent = said;
  }

  return { element, spoken, show };
}

/** Of one row of slots, {data} [3][1][1][column], the three numbers of a column. */
export const inRow = ({ axes }, data, column) => [0, 1, 2].map((plane) => data[plane * axes.keys.length + column]);

/** A, B and A - B of a cell as texts, or why there is none; null for a difference that there is not. */
export function textsOf({ axes, rowBins, columnBins, panels }, { row, column }, values, digits, about = (text) => text) {
  const [down, across] = [binOf(rowBins, row), binOf(columnBins, column)];
  const masked = panels.map(({ spans }) => across < spans[2 * down] || across > spans[2 * down + 1]);
  const sides = [0, 1].map((side) => (!axes.queries.has[side][row] || !axes.keys.has[side][column] ? t("compare.none")
    : masked[side] ? t("compare.masked") : about(formatWeight(values[side], digits))));
  const both = axes.queries.both[row] && axes.keys.both[column] && !masked[2];
  return [...sides, both ? about(signed(values[2], digits)) : null];
}

function name(axis, at) {
  return [h("b", { dir: "auto" }, slotName(axis, at)), " ", h("span", { class: "index" }, String(axis.index(at)))];
}
