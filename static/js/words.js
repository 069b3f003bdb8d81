/** What each picture shows, in words: its size, the few largest weights, what is selected. */
import { filterWords } from "./filters.js";
import { t } from "./i18n.js";
import { drawnWeight } from "./picture.js";
import { rankOf } from "./pairgrid.js";
import { spansIn } from "./ranges.js";
import { aboutOf, aboutSide, chosen, nameOf, setWords, tokensOf } from "./sets.js";
import { bareText, formatWeight, isSink, keysOf, queriesOf, stackOf } from "./tokens.js";
import { topOf } from "./top.js";
import { edges, isPooled } from "./bins.js";

const NAMED = 3;

const listed = (parts) => parts.join(t("listComma"));
export const tokenAt = (tokens, index) => t("words.token", bareText(tokens[index]), index);

const headsAt = (layers, heads, at) => t("head.name.head", layers[Math.floor(at / heads)].index, at % heads);

export async function overviewWords({ weights, analysis, stack, layer, head, show }) {
  await weights.thumbnails(stack).first;
  const { data, shape: [count, heads, rows, columns], meta } = weights.thumbnails(stack).answer();
  const { layers } = stackOf(analysis, stack);
  const skip = weights.isLong(stack) ? [] : sinkColumns(keysOf(analysis, stack), stack, edges(meta.key_bins, columns));
  const tops = Array.from({ length: count * heads }, (_, at) => {
    const bytes = data.subarray(at * rows * columns, (at + 1) * rows * columns);
    const top = bytes.reduce((most, byte, i) => (byte > most && !skip[i % columns] ? byte : most), 0);
    return meta.scale[Math.floor(at / heads)][at % heads] * (top / 255) ** 2;
  });
  return t("words.overview", count, heads, t(`head.name.${show}`, layer, head),
    listed(topOf(tops, NAMED).map((at) => t("words.about", headsAt(layers, heads, at), formatWeight(tops[at], 2)))));
}

const sinkColumns = (keys, stack, bins) => Array.from({ length: bins.length - 1 }, (_, column) =>
  keys.slice(bins[column], bins[column + 1]).some((token) => isSink(token, stack)));

/** One token with its index, or several and how they are taken together. */
function sideAt(state, side, ranges = chosen(state, side)) {
  const [[first, stop], more] = spansIn(ranges);
  return !more && stop === first + 1 ? tokenAt(tokensOf(state, side), first) : nameOf(state, side, ranges);
}

export async function pairWords(state) {
  const { weights, analysis, stack, layer, head } = state;
  const values = await weights.pair(stack, chosen(state, "query"), chosen(state, "key"));
  const { layers } = stackOf(analysis, stack);
  const heads = values.length / layers.length;
  const own = layers.findIndex(({ index }) => index === layer) * heads + head;
  return t("words.pair", sideAt(state, "query"), [sideAt(state, "key"), setWords(state)].filter(Boolean).join(t("comma")), values.length,
    listed(topOf(values, NAMED).map((at) => `${headsAt(layers, heads, at)} ${formatWeight(values[at], 3)}`)),
    t("head.name.head", layer, head), rankOf(values, values[own]));
}

/** From what is drawn: the window of a table has the exact weights. */
export async function headWords(state) {
  const { analysis, weights, stack, layer, head, show, query, key, shown: { picture, view: { pool } } } = state;
  const { block, sinkColumns: sinks } = picture;
  const [queries, keys] = [queriesOf(analysis, stack), keysOf(analysis, stack)];
  const places = topOf(block.bytes, NAMED, (at) => sinks[at % block.columns]).map((at) => {
    const [row, column] = [Math.floor(at / block.columns), at % block.columns];
    return t("words.cell", tokenAt(queries, block.rowBins[row]), tokenAt(keys, block.columnBins[column]),
      formatWeight(drawnWeight(picture, row, column), 2));
  });
  return t("words.head", t(`head.name.${show}`, layer, head), queries.length, keys.length,
    isPooled(block) ? block.rows : 0, pool, sinks.includes(1), listed(places), tokenAt(queries, query), tokenAt(keys, key), filterWords(weights.lens, show));
}

export const strongest = (values, tokens) =>
  listed(topOf(values, NAMED).map((at) => t("words.weight", tokenAt(tokens, at), formatWeight(values[at], 3)))) || t("filter.nothingAtAll");

/** Where the words of the text's subject look, or who looks at them. */
export async function directionWords(state, direction) {
  const { weights, analysis, stack, layer, head, show } = state;
  const [view, subject] = [{ stack, layer, head, show }, aboutOf(state, direction)];
  const named = sideAt(state, aboutSide(state, direction), subject);
  return direction === "looks"
    ? t("words.row", named, strongest(await weights.row(view, subject), keysOf(analysis, stack)))
    : t("words.column", named, strongest(await weights.column(view, subject), queriesOf(analysis, stack)));
}
