/** One line above the cells: "are 6 → keys 2  0.7878  largest of its row, 1st of 72 heads". */
import { h } from "./dom.js";
import { filterWords, goneWords } from "./filters.js";
import { t } from "./i18n.js";
import { isHiding } from "./lens.js";
import { rankOf } from "./pairgrid.js";
import { drawnWeight, finest, isHidden, isMasked, isOutside } from "./picture.js";
import { settle } from "./timing.js";
import { formatWeight, keysOf, queriesOf, stackOf } from "./tokens.js";
import { binOf, cellBounds } from "./bins.js";

const REST_MS = 30;
/** A cell of more weights than this is not looked through for its largest. */
const MANY = 4096;

export function createReadout(root, store) {
  const parts = Object.fromEntries(["of", "query", "key", "weight", "rank", "reading"].map((name) => [name, h("span", { class: name })]));
  root.replaceChildren(parts.of, parts.query, h("span", { class: "arrow", "aria-hidden": "true" }, "→"), parts.key,
    parts.weight, parts.rank, parts.reading);
  root.classList.add("empty");
  let current = null;

  function show() {
    const state = store.get();
    if (!state.painted || state.painted.analysis !== state.analysis) return;
    root.classList.remove("empty");
    current = placeOf(state);
    const { view, picture, row, column, queries, keys } = current;
    parts.of.textContent = t(`head.name.${view.show}`, view.layer, view.head);
    parts.query.replaceChildren(...named(queriesOf(state.analysis, state.stack), queries));
    parts.key.replaceChildren(...named(keysOf(state.analysis, state.stack), keys));
    const { reading } = picture;
    parts.reading.textContent = isHiding(reading) ? t(`reading.${reading}`) : "";
    root.classList.toggle("read", isHiding(reading));
    const nothing = whyNothing(state.weights.lens, picture, row, column);
    if (nothing) {
      parts.weight.textContent = "";
      parts.rank.textContent = nothing;
      return;
    }
    root.dataset.exact = "false";
    if (picture.block.rough) {
      parts.weight.textContent = "";
      parts.rank.textContent = t("readout.rough");
      return;
    }
    parts.weight.textContent = isLeftOut(state, picture, column)
      ? "" : t("readout.about", formatWeight(drawnWeight(picture, row, column), 2));
    const unseen = view.pool === "max" && current.cells > MANY;
    parts.rank.textContent = unseen ? t("readout.many", current.cells) : "";
    if (!unseen) askExactly(current);
  }

  const askExactly = settle(REST_MS, async (place) => {
    const { weights, analysis } = store.get();
    try {
      const found = await exactOf(weights, place);
      if (current !== place) return;
      parts.weight.textContent = formatWeight(found.weight);
      root.dataset.exact = "true";
      parts.rank.textContent = found.note;
      if (place.view.show !== "head" || place.pooled || found.gone) return;
      const values = await weights.pair(place.view.stack, found.query, found.key);
      if (current !== place) return;
      parts.rank.textContent = [found.note,
        t("readout.pairRank", rankIn(values, analysis, place.view), values.length)].join(t("comma"));
    } catch {
      if (current === place) parts.rank.textContent = t("readout.failed");
    }
  });

  store.on(["hoverHead", "hoverCell"], ({ hoverHead, hoverCell }) =>
    root.classList.toggle("preview", Boolean(hoverHead || hoverCell)));
  store.on(["painted", "hoverCell", "query", "key", "lang"], show);
}

/** Why a cell has no weight to tell. */
function whyNothing({ between }, picture, row, column) {
  if (isMasked(picture, row, column)) return t("readout.masked");
  if (isHidden(picture, column)) return t("readout.hidden");
  return isOutside(picture, row, column) ? filterWords({ between }) : "";
}

function placeOf({ painted: { view, pictures }, hoverCell, query, key }) {
  const at = hoverCell ?? { query, key };
  const picture = finest(pictures, at);
  const { block } = picture;
  const [row, column] = [binOf(block.rowBins, at.query), binOf(block.columnBins, at.key)];
  const { queries, keys } = cellBounds(block, { row, column });
  const cells = (queries[1] - queries[0]) * (keys[1] - keys[0]);
  return { view, picture, row, column, queries, keys, cells, pooled: cells > 1 };
}

/** A token with its index, or the first and last index of a bin. */
function named(tokens, [start, stop]) {
  const index = stop - start > 1 ? `${start}–${stop - 1}` : `${start}`;
  return [h("b", { dir: "auto", title: tokens[start].text }, tokens[start].text), " ", h("span", { class: "index" }, index)];
}

/** The bytes of a long text have nothing of a sink that is off the scale. */
const isLeftOut = ({ weights, stack }, { sinkColumns }, column) => weights.isLong(stack) && sinkColumns[column];

function exactOf(weights, place) {
  if (!place.pooled) return cellOfRow(weights, place);
  return place.view.pool === "mean" ? meanOfBin(weights, place) : largestOfBin(weights, place);
}

async function cellOfRow(weights, { view, queries: [query], keys: [key] }) {
  const row = await weights.row(view, query);
  const gone = row[key] === 0 && goneWords(weights.lens);
  return { weight: row[key], query, key, gone, note: gone || t("readout.rowRank", rankOf(row, row[key])) };
}

async function largestOfBin(weights, { view, queries, keys, cells }) {
  const found = await weights.largest(view, queries, keys);
  return { ...found, note: t("readout.bin", cells, found.query, found.key) };
}

async function meanOfBin(weights, { view, queries, keys, cells }) {
  return { weight: await weights.mean(view, queries, keys), note: t("readout.mean", cells) };
}

function rankIn(values, analysis, { stack, layer, head }) {
  const { layers } = stackOf(analysis, stack);
  const heads = values.length / layers.length;
  return rankOf(values, values[layers.findIndex(({ index }) => index === layer) * heads + head]);
}
