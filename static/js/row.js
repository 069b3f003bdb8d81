/** One row: where the locked query looks, over the running text, and who looks at it. */
import { byId, h, refill } from "./dom.js";
import { colourAt, css, inkOn, place } from "./colour.js";
import { filterWords } from "./filters.js";
import { t } from "./i18n.js";
import { viewOf } from "./head.js";
import { isHiding, isOff } from "./lens.js";
import { palette } from "./theme.js";
import { settle } from "./timing.js";
import { bareText, formatWeight, keysOf, queriesOf, stackOf, textOf } from "./tokens.js";
import { binOf, isPooled } from "./bins.js";
import { viewKey } from "./weights.js";
import { strongestPair } from "./partner.js";
import { strongest } from "./picture.js";
import { createSentence } from "./sentence.js";
import { topOf } from "./top.js";

const TOP_KEYS = 6;
const TOP_QUERIES = 4;
const REST_MS = 50;

export function createRow(store, session) {
  let newest = null;

  const sentence = createSentence(byId("sentence"), {
    onHover: (key) => store.set({ hoverCell: key === null ? null : { query: store.get().query, key } }),
    onPick: (query, history) => {
      if (isCross(store.get())) {
        store.set({ key: query, hoverCell: null }, { history });
        return;
      }
      const { shown, hoverHead } = store.get();
      const { block } = shown.picture;
      const { column } = strongest(shown.picture, binOf(block.rowBins, query));
      const key = block.columnBins[column];
      store.set({ ...hoverHead, query, key, hoverHead: null, hoverCell: null }, { history });
      if (isPooled(block)) exactKeySoon({ query, key });
    },
  });

  /** Of a bin of keys the one, while nothing else was chosen. */
  const exactKeySoon = settle(REST_MS, async (rough) => {
    const state = store.get();
    const { key } = await strongestPair(rough.query, "query", state).catch(() => rough);
    const now = store.get();
    if (now.weights === state.weights && now.query === rough.query && now.key === rough.key) store.set({ key });
  });

  /** At once from the bytes that are drawn; exactly when the pointer rests. */
  function show() {
    const state = store.get();
    if (!state.shown || state.shown.analysis !== state.analysis) return;
    const { view, picture: { block } } = state.shown;
    titles(state);
    if (!isPooled(block)) paint(drawnRow(block, state.query), null, view);
    exactly(view);
  }

  function titles(state) {
    const { analysis, stack, query } = state;
    byId("row-title").textContent = t("row.looksAt", bareText(queriesOf(analysis, stack)[query]));
    byId("column-title").textContent = t("row.lookedAtBy", bareText(keysOf(analysis, stack)[lookedAt(state)]));
  }

  async function exact(view) {
    const state = store.get();
    const wanted = `${state.analysis.id} ${viewKey(view)} ${state.query} ${lookedAt(state)}`;
    newest = wanted;
    const [row, column] = await Promise.all(
      [state.weights.row(view, state.query), state.weights.column(view, lookedAt(state))]);
    if (newest === wanted && store.get().analysis === state.analysis) paint(row, column, view);
  }

  const exactly = settle(REST_MS, (view) => exact(view).catch(() => {
    byId("row-note").textContent = t("row.failed");
  }));

  function paint(row, column, view) {
    const { query, analysis, weights, stack, theme, scale, key } = store.get();
    const { sinks } = view;
    const keys = keysOf(analysis, stack);
    const off = (index) => isOff(sinks, keys[index], stack);
    const top = row.reduce((most, weight, index) => (weight > most && !off(index) ? weight : most), 0);
    const { accentRamp } = palette(theme);
    sentence.shade({
      query: isCross(store.get()) ? null : query,
      key,
      mark: (index) => (off(index) ? isHiding(sinks) ? "gone" : "off" : null),
      colour: (index) => (off(index) ? null : rampColour(accentRamp, place(scale, row[index], top))),
    });
    bars(byId("row-bars"), topOf(row, TOP_KEYS), {
      values: row, top, tokens: keys, off, exact: column !== null, marked: key,
      pick: (index) => store.set({ key: index }, { history: "push" }),
    });
    byId("row-note").textContent = [
      restOf(row, view.show, weights.lens), leftOf(row, view.show, weights.lens), isHiding(sinks) && t(`reading.${sinks}`),
    ].filter(Boolean).join(t("comma"));
    if (!column) return;
    looked(column, queriesOf(analysis, stack), top);
    byId("column-note").textContent = t(isHiding(sinks) && off(lookedAt(store.get())) ? "column.hidden" : "row.columns");
  }

  /** Both directions share one scale, so that their bars can be compared. */
  function looked(column, tokens, rowTop) {
    const top = column.reduce((most, weight) => Math.max(most, weight), rowTop);
    bars(byId("column-bars"), topOf(column, TOP_QUERIES), {
      values: column, top, tokens, off: () => false, exact: true, marked: null,
      pick: (index) => store.set({ query: index, ...(!isCross(store.get()) && { key: store.get().query }) }, { history: "push" }),
    });
  }

  session.onAnalysis(async () => {
    const state = store.get();
    titles(state);
    sentence.write(keysOf(state.analysis, state.stack), textOf(state.analysis));
    await exact(viewOf(state));
  });
  store.on(["shown", "query", "lang", "scale", "sinks", "theme"], show);
  store.on(["key"], (state) => {
    const { key } = state;
    if (isCross(state)) show();
    sentence.markKey(key);
    for (const bar of byId("row-bars").querySelectorAll("button")) bar.setAttribute("aria-current", String(Number(bar.dataset.i) === key));
  });
  store.on(["hoverCell"], (state) => sentence.hover(
    isCross(state) && state.hoverCell ? { ...state.hoverCell, query: state.hoverCell.key } : state.hoverCell));
}

/** Whether queries stand in a text of their own; the sentence is that of the keys. */
function isCross({ analysis, stack }) {
  const of = analysis && stackOf(analysis, stack);
  return Boolean(of) && of.queries !== of.keys;
}

/** The key that "is looked at by" is about: the token of the query itself, where that is one. */
const lookedAt = (state) => (isCross(state) ? state.key : state.query);

const rampColour = (ramp, t_) => {
  const rgb = colourAt(ramp, t_);
  return t_ < 0.004 ? null : { background: css(rgb), ink: inkOn(rgb) };
};

function drawnRow({ bytes, columns, quantum, rowBins }, query) {
  const row = binOf(rowBins, query);
  return Float32Array.from(bytes.subarray(row * columns, (row + 1) * columns), (u) => quantum * (u / 255) ** 2);
}

/** What the keys that are not listed have; the mask forbids those without any weight. */
function restOf(row, show, lens) {
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
const leftOf = (row, show, lens) => (show !== "max" && filterWords(lens) ? t("filter.leftOfRow", (100 * sumOf(row)).toFixed(1)) : "");

function bars(list, order, { values, top, tokens, off, exact, marked, pick }) {
  if (!order.length) {
    refill(list, h("li", { class: "quiet" }, t("filter.nothing")));
    return;
  }
  refill(list, ...order.map((index) => h("li", {}, h("button", {
    type: "button", class: "bar-row", "data-i": index, "aria-current": String(index === marked), onclick: () => pick(index),
  },
  h("span", { class: "bar-token", title: tokens[index].text }, h("bdi", { class: "name" }, tokens[index].text), " ", h("span", { class: "index" }, String(index))),
  h("span", { class: "bar-track", "aria-hidden": "true" }, h("span", {
    class: off(index) ? "bar-fill off" : "bar-fill",
    style: `width:${Math.min(100, (100 * values[index]) / (top || 1))}%`,
  })),
  h("span", { class: "bar-value" }, exact ? formatWeight(values[index]) : `≈ ${formatWeight(values[index], 2)}`)))));
}
