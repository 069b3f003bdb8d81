/** "Where its weight goes": what special tokens, the first token, punctuation and the token itself take of the open head. */
import { wasAborted } from "./api.js";
import { byId, h } from "./dom.js";
import { viewOf } from "./head.js";
import { extend, t } from "./i18n.js";
import { isGone, isHiding } from "./lens.js";
import { basisOf } from "./sorting.js";
import en from "./texts/measures.en.js";
import zh from "./texts/measures.zh.js";
import { latest, settle } from "./timing.js";
import { isGiven, keysOf } from "./tokens.js";
import { viewKey } from "./weights.js";

/** Numbers of a head that is only passed by are not asked for. */
const REST_MS = 250;

extend({ en, zh });

export function createGoes(store) {
  const list = byId("goes");
  const title = byId("goes-title");
  const note = byId("goes-note");
  const newest = latest();

  const show = settle(REST_MS, () => newest(async (signal) => {
    const { shown, analysis, document, weights } = store.get();
    if (!shown || shown.analysis !== analysis) return;
    const { view } = shown;
    if (view.show !== "head") return put(view, [], t("head.notOne"));
    try {
      const found = await weights.measures(view.stack).head(view.layer, view.head, signal);
      if (store.get().shown?.view === view) put(view, lines(found, document, view), words(found, view, weights.lens));
    } catch (error) {
      if (wasAborted(error)) throw error;
      put(view, [], t("goes.failed"));
    }
  }));

  function put(view, rows, said) {
    title.textContent = t("goes.title", t(`head.name.${view.show}`, view.layer, view.head));
    list.replaceChildren(...rows);
    note.textContent = said;
  }

  store.on(["shown", "lang"], show);
  let aim = "";
  store.on(["stack", "layer", "head", "show", "hoverHead"], (state) => {
    const wanted = viewKey(viewOf(state));
    if (wanted === aim) return;
    aim = wanted;
    newest(async () => {}); // what is on its way is of a head that is left
    show();
  });
}

function lines(found, document, view) {
  const keys = keysOf(document, view.stack);
  const hidden = (tokens) => tokens.some((token) => isGone(view.sinks, token, view.stack));
  const special = found.special.map(({ text, share }) => {
    const same = keys.filter((token) => token.special && token.text === text);
    const isFirst = same.length === 1 && same[0].index === 0;
    return { isFirst, row: line(isFirst ? t("goes.specialFirst", text) : text, share, hidden(same)) };
  });
  return [
    ...special.map(({ row }) => row),
    special.some(({ isFirst }) => isFirst) ? null : line(t("goes.first"), found.first, hidden([keys[0]])),
    line(t("goes.punctuation"), found.punctuation),
    found.itself === null ? null : line(t("goes.itself"), found.itself),
    found.sinkMass > 0.0005 ? line(t(isGiven(document) ? "goes.missing" : "goes.sinkMass"), found.sinkMass) : null,
    fact(t("goes.entropy"), t("goes.bits", found.entropy, 2 ** found.entropy)),
    found.distance === null ? null : fact(t("goes.distance"), t("goes.tokens", found.distance)),
  ].filter(Boolean);
}

/** A share with its bar; of keys that are hidden there is none to tell. */
function line(name, share, isHidden = false) {
  if (isHidden) return h("div", { class: "absent" }, h("dt", { dir: "auto", title: name }, name), h("dd", {}, ""), h("dd", {}, t("numbers.hidden")));
  const percent = `${(100 * share).toFixed(1)}%`;
  return h("div", {},
    h("dt", { dir: "auto", title: name }, name),
    h("dd", { class: "bar-track", "aria-hidden": "true" }, h("span", { class: "bar-fill", style: `width:${Math.min(100, 100 * share)}%` })),
    h("dd", {}, percent));
}

const fact = (name, value) => h("div", { class: "wide" }, h("dt", {}, name), h("dd", {}, value));

/** What the numbers are of: all rows or some, as the model has them or with keys hidden. */
const words = (found, view, lens) => [
  ...(found.sampled ? [] : [t("goes.all")]),
  ...basisOf(found, lens),
  ...(isHiding(view.sinks) ? [t(`reading.${view.sinks}`)] : []),
].join(t("comma"));
