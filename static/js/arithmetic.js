/** One weight from q and k to what the head writes, number by number: the middle of the page as a calculation. */
import { byId, h } from "./dom.js";
import { viewOf } from "./head.js";
import { extend, t } from "./i18n.js";
import { lensOf } from "./lens.js";
import { question, outcome } from "./arithmetic/guess.js";
import { STEPS } from "./arithmetic/steps.js";
import { firstTokens } from "./arithmetic/words.js";
import { factsAbout } from "./learn/facts.js";
import { recomputed } from "./learn/softmax.js";
import { bareText, formatWeight, keysOf, queriesOf } from "./tokens.js";
import en from "./texts/arithmetic.en.js";
import learnEn from "./texts/learn.en.js";
import learnZh from "./texts/learn.zh.js";
import zh from "./texts/arithmetic.zh.js";

extend({ en: { ...learnEn, ...en }, zh: { ...learnZh, ...zh } });

export const FIELDS = ["stack", "layer", "head", "show", "query", "key", "hoverHead", "lang"];
/** Up to here the page's own arithmetic has met the model's weight. */
const TOLERANCE = 1e-5;

export function create(root, store) {
  const folded = new Set();
  /** What the reader guessed, by row; null while nobody wants to guess. */
  let guesses = null;
  let facts = null;
  root.classList.add("arithmetic");

  async function draw(state, signal) {
    const place = placeOf(state);
    const row = await state.weights.ownRow(place.view, place.query);
    facts = await factsAbout({ analysis: state.document, weights: state.weights, ...place, row }, signal);
    paint();
  }

  /** Whoever held the focus holds it again. */
  function paint() {
    const held = root.contains(document.activeElement) && document.activeElement;
    const asks = guesses !== null && !guesses.has(rowKey(facts));
    root.classList.toggle("guessing", asks);
    root.dataset.shown = `${rowKey(facts)} ${facts.key.index}`;
    root.replaceChildren(
      ...(asks ? [] : [answer(facts, store.get())]), tools(asks), ...notes(facts, store.get()),
      ...(asks ? [question(facts, reveal)] : steps()));
    if (held) (byId(held.id) ?? byId("arithmetic-guess")).focus({ preventScroll: true });
  }

  function reveal(key) {
    guesses.set(rowKey(facts), key);
    pick(key);
    paint();
  }

  function pick(token) {
    const { document: analysis, stack, weights } = store.get();
    store.set({ key: unitOf(keysOf(analysis, stack), weights.lens.unit, token) }, { history: "push" });
  }

  function steps() {
    const guess = guesses?.get(rowKey(facts));
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
    return box;
  }

  function fold() {
    const all = folded.size < Object.keys(STEPS).length;
    for (const name of Object.keys(STEPS)) folded[all ? "add" : "delete"](name);
    paint();
  }

  function tools(asks) {
    const unfold = folded.size === Object.keys(STEPS).length;
    return h("div", { class: "tools" },
      h("button", {
        type: "button", class: "small", id: "arithmetic-guess", "aria-pressed": String(guesses !== null),
        onclick: () => {
          guesses = guesses ? null : new Map();
          paint();
        },
      }, t("arithmetic.guess")),
      asks ? null : h("button", { type: "button", class: "small", id: "arithmetic-fold", onclick: fold },
        t(unfold ? "arithmetic.unfold" : "arithmetic.fold")));
  }

  return {
    draw,
    close: () => root.classList.remove("arithmetic", "guessing"),
  };
}

const rowKey = ({ view, query, analysis }) => `${analysis.id} L${view.layer}H${view.head} ${query}`;

/** The head, and the tokens of what is selected: of a word its first. */
function placeOf(state) {
  const { document, stack, query, key, weights: { lens: { unit } } } = state;
  const token = (tokens, at) => (unit === "word" ? firstTokens(tokens)[at] : at);
  return {
    view: { ...viewOf(state), show: "head" },
    query: token(queriesOf(document, stack), query),
    key: token(keysOf(document, stack), key),
  };
}

const unitOf = (tokens, unit, token) =>
  (unit === "word" ? firstTokens(tokens).findLastIndex((first) => first <= token) : token);

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
