/** Which weights are left in sight: the choices, and the words that say what is on wherever weights are shown. */
import { byId } from "./dom.js";
import { extend, t } from "./i18n.js";
import en from "./texts/filters.en.js";
import zh from "./texts/filters.zh.js";
import { settle } from "./timing.js";
import { keysOf, segmentsOf } from "./tokens.js";

extend({ en, zh });

const TYPING_MS = 350;
const REST_MS = 60;
const FIXED = 6;

/** Rules by name: what their field begins with and may hold, and how its number and the API's amount follow from each other. */
const RULES = {
  min: { first: 0.05, min: 0.000001, max: 1, step: "any", toAmount: (number) => number, toNumber: (amount) => amount },
  top: { first: 5, min: 1, max: 9999, step: 1, toAmount: Math.round, toNumber: (amount) => amount },
  mass: { first: 70, min: 1, max: 100, step: "any", toAmount: (number) => number / 100, toNumber: (amount) => amount * 100 },
};

const tidy = (number) => Number(number.toFixed(FIXED));
const partsOf = (keep) => {
  const [rule, amount] = keep.split(":");
  return { rule, number: tidy(RULES[rule].toNumber(Number(amount))) };
};
const spelled = (rule, number) => `${rule}:${tidy(RULES[rule].toAmount(number))}`;

/** Both texts by the names that the axes give them: "A → B". */
export const betweenName = (between) => [...between.toUpperCase()].join("\u00a0→\u00a0");

/** A share is one of what the steps before have left of a row. */
function keepWords({ keep, between, sinks }, show) {
  const { rule, number } = partsOf(keep);
  return t(`filter.${rule}`, number, show !== "head", Boolean(between) || sinks === "hidden");
}

/** What is filtered, in a few words; empty where nothing is. `show` says of what: one head, or all of a layer. */
export function filterWords(lens, show = "head") {
  const { between, keep } = lens;
  const all = [between && t("filter.between", betweenName(between)), keep && keepWords(lens, show)].filter(Boolean);
  return all.length ? t("filter.on", all) : "";
}

/** Why a weight is shown as 0 though the model has another; empty where no rule may have taken it. */
export const goneWords = (lens) => (lens.keep ? t("filter.on", [keepWords(lens, "head")]) : "");

export function createFilters(store) {
  const rule = byId("keep");
  const amount = byId("keep-amount");
  const between = byId("between");

  rule.addEventListener("change", () => {
    const keep = rule.value === "all" ? null : spelled(rule.value, RULES[rule.value].first);
    store.set({ keep }, { history: "push" });
  });
  between.addEventListener("change", () => store.set({ between: between.value || null }, { history: "push" }));

  const typed = settle(TYPING_MS, () => {
    if (amount.validity.valid && amount.value && rule.value !== "all") {
      store.set({ keep: spelled(rule.value, amount.valueAsNumber) }, { history: "replace" });
    }
  });
  amount.addEventListener("input", typed);
  amount.addEventListener("blur", values);

  function values() {
    const { keep, between: of, analysis, stack } = store.get();
    const parts = keep && partsOf(keep);
    rule.value = parts?.rule ?? "all";
    between.value = of ?? "";
    byId("between-box").hidden = !analysis || !segmentsOf(keysOf(analysis, stack)).length;
    byId("keep-box").hidden = !parts;
    byId("keep-percent").hidden = parts?.rule !== "mass";
    if (!parts) return;
    const { min, max, step } = RULES[parts.rule];
    Object.assign(amount, { min, max, step });
    if (document.activeElement !== amount) amount.value = parts.number;
  }

  /** Said at every picture of the page, and how much is left of the head that is open. */
  function say() {
    const { weights, shown, analysis } = store.get();
    if (!weights) return;
    const words = filterWords(weights.lens, shown?.view.show);
    for (const place of document.querySelectorAll("[data-filter]")) {
      place.hidden = !words;
      place.textContent = words;
    }
    byId("outside-legend").hidden = !weights.lens.between;
    if (weights.lens.between) byId("outside-words").textContent = t("filter.outside", betweenName(weights.lens.between));
    byId("left-legend").hidden = true;
    if (words && shown?.analysis === analysis) sayLeft(weights, shown.view);
  }

  const sayLeft = settle(REST_MS, async (weights, view) => {
    if (view.show === "max" || weights.isLong(view.stack)) return;
    const left = await weights.left(view).catch(() => null);
    const { weights: now, shown } = store.get();
    if (left === null || now !== weights || shown?.view !== view) return;
    byId("left-legend").hidden = false;
    byId("left-legend").textContent = t("filter.left", (100 * left).toFixed(1));
  });

  store.on(["keep", "between", "analysis", "stack"], values);
  store.on(["analysis", "shown", "lang"], say);
}
