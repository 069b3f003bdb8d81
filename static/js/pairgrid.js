/** "Which heads look from this word to that one?": one weight in every head, with its rank. */
import { colourAt, css, place } from "./colour.js";
import { byId, h, refill } from "./dom.js";
import { createHeadGrid } from "./headgrid.js";
import { chosen, isPairGone, nameOf, setWords } from "./sets.js";
import { sentenceOf } from "./problems.js";
import { palette } from "./theme.js";
import { formatWeight, stackOf } from "./tokens.js";
import { t } from "./i18n.js";
import { begin, settle } from "./timing.js";

const LISTED = 5;

export function createPairGrid(root, store, session) {
  let shown = null;

  const grid = createHeadGrid(root, store, {
    label: () => (shown ? title() : t("pair.before")),
    cellHeight: (_, rows) => (rows > 12 ? 10 : 14),
    paintCell(context, row, head, x, y, width, height) {
      if (!shown) return;
      const { accentRamp } = palette(store.get().theme);
      const weight = shown.values[row * shown.heads + head];
      context.fillStyle = css(colourAt(accentRamp, place("linear", weight, shown.top)));
      context.fillRect(x, y, width, height);
    },
  });

  const title = () => t("pair.title", nameOf(shown, "query"), nameOf(shown, "key"));

  async function draw() {
    const { analysis, weights, stack, query, key, querySet, keySet } = store.get();
    const pair = { analysis, weights, stack, query, key, querySet, keySet };
    const values = await weights.pair(stack, chosen(pair, "query"), chosen(pair, "key")).catch(refused);
    if (!values) return;
    const { layers } = stackOf(analysis, stack);
    const found = { ...pair, values, heads: values.length / layers.length, top: Math.max(...values) };
    if (!isOfSelected(found, store.get())) return;
    shown = found;
    paint();
  }

  /** Of too many words there is no number, and it is said. */
  function refused(error) {
    if (!["too-many-words", "answer-too-large"].includes(error.name)) throw error;
    byId("pair-scale").textContent = sentenceOf(error);
  }

  function paint() {
    if (!shown) return;
    byId("pair-title").textContent = title();
    const [words, top] = [setWords(shown), formatWeight(shown.top, 3)];
    byId("pair-hint").hidden = Boolean(words);
    byId("pair-scale").textContent = words ? t("sets.scale", words, top) : isPairGone(shown) ? t("pair.hidden") : t("pair.scale", top);
    grid.draw();
    list();
  }

  function list() {
    const { layers } = stackOf(shown.analysis, shown.stack);
    const order = Array.from(shown.values.keys()).filter((at) => shown.values[at] > 0)
      .sort((a, b) => shown.values[b] - shown.values[a]);
    refill(byId("pair-list"), ...order.slice(0, LISTED).map((at, rank) => {
      const place_ = { layer: layers[Math.floor(at / shown.heads)].index, head: at % shown.heads };
      return h("li", {}, h("button", {
        class: "chip",
        type: "button",
        "data-layer": place_.layer,
        "data-head": place_.head,
        onclick: (event) => {
          begin("head-switch", event.timeStamp);
          store.set({ ...place_, hoverHead: null }, { history: "push" });
        },
        onpointerenter: () => store.set({ hoverHead: place_ }),
        onpointerleave: () => store.set({ hoverHead: null }),
      }, h("span", { class: "rank" }, t("pair.rank", rank + 1)),
      ` L${place_.layer}H${place_.head} `, h("b", {}, formatWeight(shown.values[at], 3))));
    }));
    mark();
  }

  function mark() {
    const { layer, head } = store.get();
    for (const chip of byId("pair-list").querySelectorAll("button")) {
      chip.setAttribute("aria-pressed",
        String(Number(chip.dataset.layer) === layer && Number(chip.dataset.head) === head));
    }
  }

  const drawSoon = settle(40, draw);
  session.onAnalysis(draw);
  store.on(["phase", "query", "key", "querySet", "keySet"], (state) => {
    if (state.analysis && state.phase !== "working" && !isOfSelected(shown, state)) drawSoon();
  });
  store.on(["theme", "lang"], paint);
  store.on(["layer", "head"], mark);
}

const isOfSelected = (found, state) => found?.analysis === state.analysis
  && ["query", "key"].every((side) => chosen(found, side) === chosen(state, side));

/** Place of one weight among many, 1 for the largest. */
export function rankOf(values, weight) {
  let rank = 1;
  for (const value of values) if (value > weight) rank += 1;
  return rank;
}
