/** The lines in words, and their exact weights as a table: a column for each head that is drawn. */
import { t } from "../i18n.js";
import { createNumbers } from "../numbers.js";
import { cell, range, tokenName } from "../tables.js";
import { bareText, keysOf, queriesOf } from "../tokens.js";
import { strongest, tokenAt } from "../words.js";
import { drawnHeads } from "./heads.js";

const [ROWS, COLUMNS] = [100, 12];
const DESCRIBED = 4;

const selected = (state) => ({ ...state, hoverHead: null });
const nameOf = ({ layer, show }, head) => t(`head.name.${show}`, layer, head);
const rowOf = ({ weights, stack, layer, show, query }, head) => weights.row({ stack, layer, head, show }, query);
const title = ({ analysis, stack, query }) => t("row.looksAt", bareText(queriesOf(analysis, stack)[query]));

async function words(state) {
  const heads = drawnHeads(selected(state));
  const keys = keysOf(state.analysis, state.stack);
  const said = await Promise.all(heads.slice(0, DESCRIBED).map(async (head) =>
    t("lines.words.head", nameOf(state, head), strongest(await rowOf(state, head), keys))));
  return t("lines.words", tokenAt(queriesOf(state.analysis, state.stack), state.query), said, heads.length - said.length);
}

async function table(state, rows, columns) {
  const heads = drawnHeads(selected(state)).slice(...columns);
  const values = await Promise.all(heads.map((head) => rowOf(state, head)));
  return {
    caption: title(state),
    corner: t("numbers.corner.key"),
    columns: heads.map((head) => nameOf(state, head)),
    rows: range(rows).map((key) =>
      [tokenName(keysOf(state.analysis, state.stack)[key]), ...values.map((row) => cell(state, state.query, key, row[key]))]),
  };
}

export const createWords = (store) => createNumbers(store, {
  picture: "lines-board",
  after: "lines-legend",
  title,
  words,
  axes: ["keys", "heads"],
  most: [ROWS, COLUMNS],
  extent: (state) => [keysOf(state.analysis, state.stack).length, drawnHeads(selected(state)).length],
  selected: (state) => [state.key, drawnHeads(selected(state)).indexOf(state.head)],
  table,
  follows: ["lineHeads"],
});
