/** One weight from q and k to what the head writes, number by number: the middle of the page as a calculation. */
import { byId, h } from "./dom.js";
import { extend, t } from "./i18n.js";
import { lensOf } from "./lens.js";
import { isAsked, outcome, question, rowName } from "./arithmetic/guess.js";
import { keyOf, placeOf } from "./arithmetic/place.js";
import { STEPS } from "./arithmetic/steps.js";
import { factsAbout } from "./learn/facts.js";
import { recomputed } from "./learn/softmax.js";
import { settle } from "./timing.js";
import { bareText, formatWeight } from "./tokens.js";
import en from "./texts/arithmetic.en.js";
import learnEn from "./texts/learn.en.js";
import learnZh from "./texts/learn.zh.js";
import zh from "./texts/arithmetic.zh.js";

extend({ en: { ...learnEn, ...en }, zh: { ...learnZh, ...zh } });

export const FIELDS = ["stack", "layer", "head", "show", "query", "key", "hoverHead", "guesses", "lang"];
/** Up to here the page's own arithmetic has met the model's weight. */
const TOLERANCE = 1e-5;
const REST_MS = 250;

export function create(root, store) {
  const folded = new Set();
  const heights = new Map();
  const sizes = new ResizeObserver((changes) => {
    for (const { target, contentRect: { height } } of changes) if (target.open) heights.set(target.dataset.step, height);
  });
  let facts = null;
  const panels = root.closest(".panels");
  root.classList.add("arithmetic");

  async function draw(state, signal) {
    const place = placeOf(state);
    panels.classList.toggle("guessing", isAsked(state));
    const row = await state.weights.ownRow(place.view, place.query);
    facts = await factsAbout({ analysis: state.document, weights: state.weights, ...place, row }, signal);
    paint();
  }

  const rest = settle(REST_MS, () => root.classList.remove("passing"));

  /** Whoever held the focus holds it again. */
  function paint() {
    const held = root.contains(document.activeElement) && document.activeElement;
    const state = store.get();
    const asks = state.guesses !== null && !state.guesses.has(rowName(facts));
    sizes.disconnect();
    if (heights.size) root.classList.add("passing");
    rest();
    root.dataset.shown = `${rowName(facts)} ${facts.key.index}`;
    root.replaceChildren(
      ...(asks ? [] : [answer(facts, state)]), tools(asks), ...notes(facts, state),
      ...(asks ? [question(facts, reveal)] : steps()));
    if (held) (byId(held.id) ?? byId("arithmetic-guess")).focus({ preventScroll: true });
  }

  function reveal(key) {
    const state = store.get();
    const guesses = new Map(state.guesses).set(rowName(facts), key);
    store.set({ guesses, key: keyOf(state, key) }, { history: "push" });
  }

  const pick = (key) => store.set({ key: keyOf(store.get(), key) }, { history: "push" });

  function steps() {
    const guess = store.get().guesses?.get(rowName(facts));
    return [...(guess === undefined ? [] : [outcome(facts, guess)]), ...Object.entries(STEPS).map(step)];
  }

  function step([name, { result, formula, legend, draw: drawStep }], at) {
    const summary = h("summary", { id: `step-${name}` }, h("span", { class: "number" }, String(at + 1)),
      h("b", {}, t(`arithmetic.${name}`)), " ", h("span", { class: "result" }, result(facts)));
    const box = h("details", {
      class: "step", "data-step": name,
      ontoggle: () => (box.open ? folded.delete(name) : folded.add(name)),
    }, summary, h("p", { class: "formula-line" }, formula(facts)),
    ...drawStep(facts, { pick, store, said: isDrawn(store.get()) ? undefined : t("arithmetic.own") }),
    h("p", { class: "legend-line quiet" }, legend(facts)));
    box.open = !folded.has(name);
    box.style.containIntrinsicBlockSize = `auto ${heights.get(name) ?? 0}px`;
    sizes.observe(box);
    return box;
  }

  function fold() {
    const all = folded.size < Object.keys(STEPS).length;
    for (const name of Object.keys(STEPS)) folded[all ? "add" : "delete"](name);
    paint();
  }

  function tools(asks) {
    const { guesses } = store.get();
    const unfold = folded.size === Object.keys(STEPS).length;
    return h("div", { class: "tools" },
      h("button", {
        type: "button", class: "small", id: "arithmetic-guess", "aria-pressed": String(guesses !== null),
        onclick: () => store.set({ guesses: guesses ? null : new Map() }),
      }, t("arithmetic.guess")),
      asks ? null : h("button", { type: "button", class: "small", id: "arithmetic-fold", onclick: fold },
        t(unfold ? "arithmetic.unfold" : "arithmetic.fold")));
  }

  return {
    draw,
    close() {
      sizes.disconnect();
      panels.classList.remove("guessing");
    },
  };
}

/** Whether the weight is the very number that the other views draw. */
const isDrawn = ({ show, stack, weights: { lens } }) => show === "head" && !Object.keys(lensOf(lens, stack)).length;

function answer(facts, state) {
  const { key, query, queryToken, head_dim: dim, scaling, count } = facts;
  const difference = Math.abs(recomputed(facts, key) - key.weight);
  const good = difference <= TOLERANCE;
  const usual = Math.abs(scaling * Math.sqrt(dim) - 1) < 1e-6;
  return h("div", { class: "answer" },
    h("p", {}, h("bdi", {}, bareText(queryToken)), h("small", {}, ` ${query}`), " → ", h("bdi", {}, bareText(key.token)),
      h("small", {}, ` ${key.index}`), " ", h("b", { id: "arithmetic-weight" }, formatWeight(key.weight)), " ",
      h("span", { class: "quiet" }, t(isDrawn(state) ? "learn.softmax.drawn" : "arithmetic.own"))),
    h("p", { class: "quiet" }, t("arithmetic.formula", usual ? `÷ √${dim}` : `× ${scaling.toPrecision(4)}`, count)),
    h("p", { class: `verdict ${good ? "good" : "bad"}`, id: "arithmetic-verdict", "data-difference": difference },
      t(good ? "arithmetic.closes" : "arithmetic.open", formatWeight(recomputed(facts, key)), difference.toExponential(0))));
}

function notes({ view, head, kv_head: kv, layerRecord, listed, count }, { show, weights: { lens } }) {
  const shared = layerRecord.kv_heads < layerRecord.heads;
  const said = [
    show !== "head" && t("arithmetic.oneHead", view.layer, head),
    lens.unit === "word" && t("arithmetic.word"),
    shared && t("arithmetic.shared", kv, layerRecord.heads / layerRecord.kv_heads),
    listed.length < count && t("arithmetic.more", listed.length, count - listed.length),
  ].filter(Boolean);
  return said.length ? [h("ul", { class: "said quiet" }, ...said.map((text) => h("li", {}, text)))] : [];
}
