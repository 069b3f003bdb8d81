/** One line above the cells: "are 6 → keys 2  0.7878  largest of its row, 1st of 72 heads". */
import { h } from "./dom.js";
import { filterWords, goneWords } from "./filters.js";
import { t } from "./i18n.js";
import { isHiding } from "./lens.js";
import { rankOf } from "./pairgrid.js";
import { drawnWeight, finest, isHidden, isMasked, isOutside } from "./picture.js";
import { placesIn } from "./ranges.js";
import { chosen, hasSet, isPairGone, nameOf, setWords } from "./sets.js";
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
    if (state.hoverSides || (!state.hoverCell && hasSet(state))) return showSets(state);
    root.classList.remove("sets");
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

  /** Of several queries or keys together; what is pointed at comes before what is chosen. */
  function showSets(state) {
    const { painted: { view, pictures: [{ reading }] } } = state;
    const sides = state.hoverSides ?? { query: chosen(state, "query"), key: chosen(state, "key") };
    current = { view, sides, state };
    root.dataset.exact = "false";
    root.classList.add("sets");
    root.classList.toggle("read", isHiding(reading));
    parts.of.textContent = t(`head.name.${view.show}`, view.layer, view.head);
    for (const side of ["query", "key"]) parts[side].replaceChildren(...namedSet(state, side, sides[side]));
    parts.weight.textContent = "";
    parts.rank.textContent = setWords(state, sides);
    parts.reading.textContent = isHiding(reading) ? t(`reading.${reading}`) : "";
    askSets(current);
  }

  const askSets = settle(REST_MS, async (place) => {
    const { view, sides, state } = place;
    const { weights, analysis } = state;
    const gone = isPairGone({ ...state, query: 0, key: 0, querySet: sides.query, keySet: sides.key });
    try {
      const weight = gone ? null : await weights.together(view, sides.query, sides.key);
      const values = gone || view.show !== "head" ? null : await weights.pair(view.stack, sides.query, sides.key).catch(() => null);
      if (current !== place) return;
      parts.weight.textContent = gone ? "" : formatWeight(weight);
      root.dataset.exact = "true";
      parts.rank.textContent = [gone ? t("readout.hidden") : setWords(state, sides),
        values && t("sets.rank", rankIn(values, analysis, view), values.length)].filter(Boolean).join(t("comma"));
    } catch {
      if (current === place) parts.rank.textContent = t("readout.failed");
    }
  });

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

  store.on(["hoverHead", "hoverCell", "hoverSides"], ({ hoverHead, hoverCell, hoverSides }) =>
    root.classList.toggle("preview", Boolean(hoverHead || hoverCell || hoverSides)));
  store.on(["painted", "hoverCell", "hoverSides", "query", "key", "querySet", "keySet", "lang"], show);
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

/** The words of a side, and how many they are. */
function namedSet(state, side, ranges) {
  const places = placesIn(ranges);
  const index = places.length > 1 ? t("sets.place", places.length, state.weights.lens.unit, places[0], places.at(-1)) : String(places[0]);
  const name = nameOf(state, side, ranges);
  return [h("b", { dir: "auto", title: name }, name), " ", h("span", { class: "index" }, index)];
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
