/** The reader's own text, and which layer, head and word the page follows. */
import { byId, h, refill } from "../dom.js";
import { t } from "../i18n.js";
import { directionOf, languageOf } from "../script.js";
import { bareText, formatWeight, layerOf, queriesOf, stackOf } from "../tokens.js";

/** Words around the query that can be chosen by a click. */
const SHOWN = 48;

export function createChoices(store, session) {
  const words = byId("words");
  const numbers = ["layer", "head", "query"].map(byId);
  const [layer, head, query] = numbers;

  byId("reader").addEventListener("submit", (event) => {
    event.preventDefault();
    session.analyse({ model: store.get().model, text: words.value, text_pair: null, truncate: false }, { at: event.timeStamp });
  });
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("reader").requestSubmit();
  });
  layer.addEventListener("change", () => {
    const { analysis, stack, head: now } = store.get();
    const at = Number(layer.value);
    store.set({ layer: at, head: Math.min(now, layerOf(analysis, { stack, layer: at }).heads - 1) }, { history: "push" });
  });
  head.addEventListener("change", () => store.set({ head: Number(head.value) }, { history: "push" }));
  query.addEventListener("change", () => {
    const at = Math.min(Number(query.max), Math.max(0, Math.round(Number(query.value))));
    query.value = at;
    store.set({ query: at }, { history: "push" });
  });

  function show() {
    const { analysis, stack, layer: at, head: of, query: index } = store.get();
    if (!analysis) return;
    fill(layer, stackOf(analysis, stack).layers.map((each) => each.index), at);
    fill(head, [...Array(layerOf(analysis, { stack, layer: at }).heads).keys()], of);
    const tokens = queriesOf(analysis, stack);
    query.max = tokens.length - 1;
    query.value = index;
    const from = Math.max(0, Math.min(index - SHOWN / 2, tokens.length - SHOWN));
    const shown = tokens.slice(from, from + SHOWN);
    const holder = byId("tokens");
    holder.dir = directionOf(analysis.request.text);
    holder.lang = languageOf(analysis.request.text);
    const more = tokens.length - shown.length;
    refill(holder, ...shown.map((token) => chip(token, index)),
      ...(more ? [h("span", { class: "quiet" }, t("learn.text.more", more))] : []));
  }

  const chip = (token, index) => h("button", {
    type: "button", class: "chip", "aria-pressed": String(token.index === index),
    onclick: () => store.set({ query: token.index }, { history: "push" }),
  }, token.text, h("small", {}, ` ${token.index}`));

  function result() {
    const { facts } = store.get();
    if (!facts) return;
    const name = nameOf(facts.view);
    const [from, to] = [bareText(facts.queryToken), bareText(facts.key.token)];
    byId("result").textContent = t(facts.most ? "learn.text.most" : "learn.text.some", from, name, to, formatWeight(facts.key.weight));
    byId("now").textContent = `${name}${t("colon")}${from} → ${to} = ${formatWeight(facts.key.weight)}`;
    byId("now").parentElement.hidden = false;
  }

  store.on(["analysis", "stack", "layer", "head", "query", "lang"], show);
  store.on(["facts", "lang"], result);
}

export const nameOf = ({ layer, head }) => `L${layer}H${head}`;

function fill(select, indices, value) {
  if (select.options.length !== indices.length) {
    select.replaceChildren(...indices.map((index) => h("option", { value: index }, String(index))));
  }
  select.value = String(value);
}
