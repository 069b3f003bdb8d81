/** A comparison in words, and the exact weights of the selected row as a table: a column for A, for B, and for A - B. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { createNumbers } from "../numbers.js";
import { range } from "../tables.js";
import { topOf } from "../top.js";
import { inRow, signed, textsOf } from "./cell.js";
import { slotName } from "./mapcells.js";

const [ROWS, COLUMNS] = [100, 3];
const NAMED = 3;

const nameOf = (axis, at) => t("words.token", slotName(axis, at), axis.index(at));
const title = ({ compared }) => (compared ? t("row.looksAt", slotName(compared.picture.axes.queries, compared.selected.row)) : "");

function words({ compared: { picture, titles: [a, b] } }) {
  const { axes: { queries, keys }, columns, rowBins, columnBins, panels: [,, apart] } = picture;
  const sizes = new Uint8Array(apart.plane.length);
  for (let at = 0; at < sizes.length; at += 1) sizes[at] = Math.abs(apart.plane[at]);
  const places = topOf(sizes, NAMED).map((at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return t("compare.words.place", nameOf(queries, rowBins[row]), nameOf(keys, columnBins[column]), signed(apart.weight(row, column), 2));
  });
  return t("compare.words.all", a, b, queries.length, keys.length, places.join(t("listComma")));
}

async function table(state, rows) {
  const { compared: { picture, rowOf, selected: { row } } } = state;
  const { keys } = picture.axes;
  const { data } = await rowOf(row);
  return {
    caption: title(state),
    corner: t("numbers.corner.key"),
    columns: ["A", "B", "A − B"],
    rows: range(rows).map((column) => [
      h("bdi", {}, nameOf(keys, column)),
      ...textsOf(picture, { row, column }, inRow(picture, data, column), 4).map((text) => text ?? "")]),
  };
}

/** `compared` of the store is {picture, titles, rowOf, selected, asked}: what is drawn, the selected slots, and how it was asked for. */
export const createWords = (store) => createNumbers(store, {
  picture: "compare-maps",
  after: "compare-legend",
  title,
  words,
  axes: ["keys", "heads"],
  most: [ROWS, COLUMNS],
  extent: ({ compared: { picture } }) => [picture.axes.keys.length, COLUMNS],
  selected: ({ compared: { selected } }) => [selected.column, null],
  table,
  follows: ["compared"],
});
