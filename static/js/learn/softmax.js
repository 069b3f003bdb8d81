/** From the sum of products to a score, and from a score to the weight that is drawn. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { bareText, formatWeight } from "../tokens.js";
import { keyTable } from "./keytable.js";
import { signed } from "./strip.js";

const total = (products) => products.reduce((sum, product) => sum + product, 0);

export function drawScores(facts) {
  const { key, head_dim: dim, scaling, softcap } = facts;
  const usual = Math.abs(scaling * Math.sqrt(dim) - 1) < 1e-6;
  return [
    h("p", {}, t("learn.scores.body", dim), usual ? "" : `${t("learn.gap")}${t("learn.scores.other", scaling.toPrecision(4))}`,
      softcap === null ? "" : `${t("learn.gap")}${t("learn.scores.softcap", softcap)}`),
    h("div", { class: "figure" },
      h("p", { class: "equation" }, `${bareText(key.token)}${t("colon")}${signed(total(key.products), 4)} `,
        usual ? `÷ √${dim}` : `× ${scaling.toPrecision(4)}`, key.bias === null ? "" : ` + ${signed(key.bias, 4)}`, " = ",
        h("data", { id: "score", value: key.score }, scoreText(key))),
      keyTable(t("learn.scores.caption"), facts,
        [{ head: t("learn.column.score"), value: ({ score }) => score, format: (score) => signed(score, 3), hue: "p" }],
        facts.visible)),
  ];
}

const scoreText = ({ score, masked }) => (masked ? "−∞" : signed(score, 4));

/** What the page's own arithmetic makes of q and k. */
export function recomputed({ scaling, softcap, lse }, { products, bias, masked }) {
  if (masked) return 0;
  const raw = scaling * total(products) + (bias ?? 0);
  const capped = softcap === null ? raw : softcap * Math.tanh(raw / softcap);
  return Math.exp(capped - lse);
}

/** `said` tells what the weight is on this page. */
export function drawSoftmax(facts, { said = t("learn.softmax.drawn") } = {}) {
  const { key, lse, sink } = facts;
  const weight = recomputed(facts, key);
  const difference = Math.abs(weight - key.weight);
  return [
    h("p", {}, t("learn.softmax.body"), sink === null ? "" : `${t("learn.gap")}${t("learn.softmax.sink", formatWeight(Math.exp(sink - lse)))}`),
    h("div", { class: "figure" },
      equation(key, lse, weight, said),
      h("p", { class: "quiet" }, t("learn.softmax.closes", difference.toExponential(0))),
      keyTable(t("learn.softmax.caption"), facts, [
        { head: t(written(lse) ? "learn.column.exp" : "learn.column.share"), value: ({ score, masked }) => (masked ? 0 : Math.exp(score - lse)), format: (share) => power(share, lse) },
        { head: t("learn.column.weight"), value: (each) => each.weight, hue: "a" },
      ], facts.listed, [t("learn.softmax.sum"), power(1, lse), "1"])),
  ];
}

/** Whether exponentials are numbers that a person reads; beyond, only their shares of the sum are. */
const written = (lse) => Math.abs(lse) < 20;

const power = (share, lse) => (share === 0 ? "0" : written(lse) ? (share * Math.exp(lse)).toPrecision(5) : share.toPrecision(4));

function equation(key, lse, weight, said) {
  const e = (exponent) => h("span", {}, "e", h("sup", {}, exponent));
  const share = key.masked ? 0 : Math.exp(key.score - lse);
  const quotient = written(lse) || key.masked
    ? [h("span", {}, `${power(share, lse)} ÷ ${power(1, lse)}`)] : [e(signed(key.score - lse, 4))];
  return h("p", { class: "equation closing" }, e(scoreText(key)), h("span", {}, "÷ Σ ="), ...quotient, h("span", {}, "="),
    h("data", { id: "weight", class: "big", value: weight }, formatWeight(weight)),
    h("span", { class: "quiet" }, said));
}
