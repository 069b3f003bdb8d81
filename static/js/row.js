/** One row: where the locked query looks, over the running text, and who looks at it. */
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { viewOf } from "./head.js";
import { isHiding } from "./lens.js";
import { lap, painted, settle } from "./timing.js";
import { keysOf, queriesOf, textOf } from "./tokens.js";
import { binOf, isPooled } from "./bins.js";
import { viewKey } from "./weights.js";
import { strongestPair } from "./partner.js";
import { strongest } from "./picture.js";
import { countOf, isIn, placesIn, rangesOf, spansIn } from "./ranges.js";
import { TOP_KEYS, bars, drawn, leftOf, lookIn, offIn, restOf, topIn } from "./rowlists.js";
import { createSentence } from "./sentence.js";
import { SET_OF, aboutOf, aboutSide, chosen, hasSet, isCross, nameOf, sideOf, subjectOf, subjectSide, textSide, tokensOf } from "./sets.js";
import { createSetTools } from "./settools.js";
import { topOf } from "./top.js";

const TOP_QUERIES = 4;
const REST_MS = 50;

export function createRow(store, session) {
  let newest = null;
  let written = null;
  const tools = createSetTools(store, { onTurn: turn, onClear: clear });

  const sentence = createSentence(byId("sentence"), {
    onHover(index) {
      const state = store.get();
      const [side, other] = sidesIn(state);
      if (index === null) store.set({ hoverCell: null, hoverSides: null });
      else if (state[SET_OF[side]]) store.set({ hoverSides: { [side]: subjectOf(state), [other]: `${index}:${index + 1}` } });
      else store.set({ hoverCell: { query: state.query, key: state.key, [other]: index } });
    },
    onPick(index, history) {
      const state = store.get();
      if (isCross(state)) store.set({ [textSide(state)]: index, ...NO_HOVER }, { history });
      else if (state.direction === "looks") pickQuery(index, history);
      else pickKey(index, history);
    },
    onTake({ from, to, add }, history) {
      const state = store.get();
      const side = textSide(state);
      const anchor = from ?? state[side];
      const now = placesIn(chosen(state, side));
      const span = placesIn(`${Math.min(anchor, to)}:${Math.max(anchor, to) + 1}`);
      const places = !add ? span : from === to && now.includes(to) ? now.filter((at) => at !== to) : [...now, ...span];
      const set = rangesOf(places);
      if (!set && places.length > 1) tools.refuse();
      if (!set && places.length !== 1) return;
      store.set({
        [side]: places.includes(anchor) ? anchor : places[0], [SET_OF[side]]: set, hoverCell: null, hoverSides: null,
      }, { history });
    },
    onClear: clear,
  });

  /** Lets go of both sets; whether there was one. */
  function clear() {
    const had = hasSet(store.get());
    store.set({ querySet: null, keySet: null, hoverSides: null }, { history: "push" });
    return had;
  }

  /** The word stays that the text is about; sets stay on their side. */
  function turn(direction) {
    const { analysis, stack, query, key, ...state } = store.get();
    if (!analysis || hasSet(state) || isCross({ analysis, stack })) store.set({ direction }, { history: "push" });
    else if (direction === "looked") pickKey(query, "push", { direction });
    else pickQuery(key, "push", { direction });
  }

  /** With it what it looks at most, unless several keys are chosen. */
  function pickQuery(query, history, more = {}) {
    const { shown, hoverHead, keySet } = store.get();
    const { block } = shown.picture;
    const { column } = strongest(shown.picture, binOf(block.rowBins, query));
    const key = block.columnBins[column];
    store.set({ ...hoverHead, query, ...(!keySet && { key }), ...NO_HOVER, ...more }, { history });
    if (isPooled(block) && !keySet) partnerSoon({ query, key }, "query");
  }

  /** With it what looks at it most, unless several queries are chosen. */
  function pickKey(key, history, more = {}) {
    const { hoverHead, querySet, query } = store.get();
    store.set({ ...hoverHead, key, ...NO_HOVER, ...more }, { history });
    if (!querySet) partnerSoon({ query, key }, "key");
  }

  /** The other end of the pair, while nothing else was chosen. */
  const partnerSoon = settle(REST_MS, async (rough, as) => {
    const state = store.get();
    const other = as === "query" ? "key" : "query";
    const found = await strongestPair(rough[as], as, state).catch(() => rough);
    const now = store.get();
    if (now.weights === state.weights && now.query === rough.query && now.key === rough.key) store.set({ [other]: found[other] });
  });

  /** The words in sight in the same frame as the head; all that needs more time follows when that is shown. */
  function shadeAtOnce() {
    const state = store.get();
    const { analysis, painted: { view, analysis: of, pictures: [{ block }] } } = state;
    if (of !== analysis || view.stack !== state.stack || written !== tokensOf(state, textSide(state)) || isPooled(block)) return;
    const values = drawn(block, state);
    sentence.shade(lookIn(values, topIn(values, state, view), state, view));
    painted().then(() => lap("text-switch", "head-switch"));
  }

  /** At once from the bytes that are drawn; exactly when the pointer rests. */
  function show() {
    const state = store.get();
    if (state.shown?.analysis !== state.analysis || state.shown.view.stack !== state.stack) return;
    const { view, picture: { block } } = state.shown;
    write(state);
    titles(state);
    mark(state);
    if (!isPooled(block)) paint({ [state.direction]: drawn(block, state) }, view);
    exactly(view);
  }

  function write(state) {
    const tokens = tokensOf(state, textSide(state));
    if (tokens === written) return;
    written = tokens;
    sentence.write(tokens, textOf(state.analysis));
  }

  function titles(state) {
    const name = (direction) => nameOf(state, aboutSide(state, direction), aboutOf(state, direction));
    byId(placeOf(state, "looks", "title")).textContent = t("row.looksAt", name("looks"));
    byId(placeOf(state, "looked", "title")).textContent = t("row.lookedAtBy", name("looked"));
    for (const direction of ["looks", "looked"]) {
      for (const what of ["title", "bars"]) byId(placeOf(state, direction, what)).classList.toggle("second-hue", direction === "looked");
    }
    byId("sentence").classList.toggle("second-hue", state.direction === "looked");
  }

  function mark(state) {
    const side = textSide(state);
    const both = { query: chosen(state, "query"), key: chosen(state, "key") };
    sentence.mark(isCross(state) ? { [side]: both[side] } : both, state[side]);
  }

  async function exact(view) {
    const state = store.get();
    const [from, to] = [aboutOf(state, "looks"), aboutOf(state, "looked")];
    const wanted = `${state.analysis.id} ${viewKey(view)} ${state.direction} ${from} ${to}`;
    newest = wanted;
    const [looks, looked] = await Promise.all([state.weights.row(view, from), state.weights.column(view, to)]);
    const { analysis, painted: now } = store.get();
    const isLeft = analysis !== state.analysis || (now?.analysis === analysis && viewKey(now.view) !== viewKey(view));
    if (newest === wanted && !isLeft) paint({ looks, looked }, view);
  }

  const exactly = settle(REST_MS, (view) => exact(view).catch(() => {
    byId("row-note").textContent = t("row.failed");
  }));

  /** What is there of both directions: the one that the text shows is its scale, so that bars of both can be compared. */
  function paint(found, view) {
    const state = store.get();
    const how = { state, view, isExact: Boolean(found.looks && found.looked) };
    const topOfAll = (direction) => found[direction] && topIn(found[direction], { ...state, direction }, view);
    const top = topOfAll(state.direction);
    sentence.shade(lookIn(found[state.direction], top, state, view), { all: how.isExact });
    mark(state);
    const topFor = (direction) => (direction === state.direction ? top : Math.max(top, topOfAll(direction)));
    if (found.looks) listLooks(found.looks, topFor("looks"), how);
    if (found.looked) listLooked(found.looked, topFor("looked"), how);
  }

  function listLooks(row, top, how) {
    const { state, view, isExact } = how;
    const subject = aboutOf(state, "looks");
    bars(byId(placeOf(state, "looks", "bars")), topOf(row, TOP_KEYS), {
      values: row, top, tokens: keysOf(state.analysis, state.stack), off: offIn(state, view), exact: isExact, marked: markedIn(state, "looks"),
      pick: (key) => store.set(state.direction === "looks" ? { key } : { query: spansIn(subject)[0][0], key }, { history: "push" }),
    });
    const { lens } = state.weights;
    byId(placeOf(state, "looks", "note")).textContent = [
      countOf(subject) > 1 && t("sets.mean", countOf(subject)), restOf(row, view.show, lens), leftOf(row, view.show, lens),
      isHiding(view.sinks) && t(`reading.${view.sinks}`),
    ].filter(Boolean).join(t("comma"));
  }

  function listLooked(column, top, how) {
    const { state, view, isExact } = how;
    const subject = aboutOf(state, "looked");
    bars(byId(placeOf(state, "looked", "bars")), topOf(column, TOP_QUERIES), {
      values: column, top, tokens: queriesOf(state.analysis, state.stack), off: () => false, exact: isExact, marked: markedIn(state, "looked"),
      pick: (query) => store.set(state.direction === "looks" ? { query, key: spansIn(subject)[0][0] } : { query }, { history: "push" }),
    });
    const isHidden = isHiding(view.sinks) && placesIn(subject).every(offIn(state, view));
    byId(placeOf(state, "looked", "note")).textContent = [
      countOf(subject) > 1 && t("sets.sum", countOf(subject)), t(isHidden ? "column.hidden" : "row.columns"),
    ].filter(Boolean).join(t("comma"));
  }

  session.onAnalysis(async () => {
    const state = store.get();
    titles(state);
    write(state);
    await exact(viewOf(state));
  });
  store.on(["painted"], shadeAtOnce);
  store.on(["shown", "lang", "scale", "sinks", "theme", "direction", "query", "key", "querySet", "keySet"], (state, _, changed) => {
    if (!state.analysis) return;
    const [, other] = sidesIn(state);
    if (isCross(state) || [...changed].some((name) => name !== other && name !== SET_OF[other])) {
      show();
      return;
    }
    mark(state);
    for (const bar of byId("row-bars").querySelectorAll("button")) bar.setAttribute("aria-current", String(isIn(chosen(state, other), Number(bar.dataset.i))));
  });
  store.on(["hoverCell", "hoverSides"], (state) => {
    const [, other] = sidesIn(state);
    const { hoverCell, hoverSides } = state;
    if (hoverSides) sentence.hover(spansIn(hoverSides[other])[0][0], [spansIn(hoverSides[other])[0][0]]);
    else if (hoverCell) sentence.hover(hoverCell[other], isCross(state) ? [hoverCell[other]] : [hoverCell.query, hoverCell.key]);
    else sentence.hover(null);
  });
}

const NO_HOVER = { hoverHead: null, hoverCell: null, hoverSides: null };

const sidesIn = (state) => (subjectSide(state) === "query" ? ["query", "key"] : ["key", "query"]);

/** What the text shows stands under it, the other direction below. */
const placeOf = ({ direction }, of, what) => `${direction === of ? "row" : "column"}-${what}`;

/** Which of the bars under the text are chosen; those below are of no pair that is selected. */
const markedIn = (state, direction) => {
  const other = sideOf(direction) === "query" ? "key" : "query";
  return direction === state.direction || isCross(state) ? chosen(state, other) : null;
};
