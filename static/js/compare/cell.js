/** One line about a cell: its weight in A, in B, and the difference; about at first, then exactly. */
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
  let current = null;

  /** `rows(row)` gives the float32 of one row of slots, {data} [3][1][1][column]. */
  function show(picture, { row, column }, rows) {
    const place = (current = { row, column });
    const { axes, rowBins, columnBins, columns } = picture;
    const [down, across] = [binOf(rowBins, row), binOf(columnBins, column)];
    const pooled = rowBins[down + 1] - rowBins[down] > 1 || columnBins[across + 1] - columnBins[across] > 1;
    const sides = [0, 1].map((side) => axes.queries.has[side][row] && axes.keys.has[side][column]);
    const hidden = picture.panels.map(({ spans }) => across < spans[2 * down] || across > spans[2 * down + 1]);

    const write = (values, digits, about) => element.replaceChildren(...[
      ...name(axes.queries, row), h("span", { class: "arrow", "aria-hidden": "true" }, "→"), ...name(axes.keys, column),
      ...["A", "B"].map((letter, side) => h("span", { class: "weight" }, letter, " ", !sides[side] ? t("compare.none")
        : hidden[side] ? t("compare.masked") : about(formatWeight(values[side], digits)))),
      sides[0] && sides[1] && !hidden[2] ? h("span", { class: "weight apart" }, "A − B ", about(signed(values[2], digits))) : null,
      pooled ? h("span", { class: "rank" }, t("compare.bin")) : null].filter(Boolean));

    write(picture.panels.map((panel) => panel.weight(down, across)), 2, (text) => t("readout.about", text));
    element.dataset.exact = "false";
    if (!pooled) exactly({ place, column, rows, width: columns, write });
  }

  const exactly = settle(REST_MS, async ({ place, column, rows, width, write }) => {
    const { data } = await rows(place.row).catch(() => ({}));
    if (current !== place || !data) return;
    write([0, 1, 2].map((plane) => data[plane * width + column]), 4, (text) => text);
    element.dataset.exact = "true";
  });

  return { element, show };
}

function name(axis, at) {
  const side = axis.has[0][at] ? 0 : 1;
  return [h("b", { dir: "auto" }, slotName(axis, at)), h("span", { class: "index" }, String(axis.span(side, at)[0]))];
}
