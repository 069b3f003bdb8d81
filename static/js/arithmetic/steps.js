/** The steps from a query to what its head writes: what each comes to, its formula, and its drawing. */
import { t } from "../i18n.js";
import { drawMask } from "../learn/mask.js";
import { drawProduct } from "../learn/product.js";
import { drawScores, drawSoftmax } from "../learn/softmax.js";
import { signed } from "../learn/strip.js";
import { drawValues } from "../learn/values.js";
import { formatWeight } from "../tokens.js";
import { drawWrite } from "./write.js";

const largest = (values) => Math.max(...values.map((value) => Math.abs(value)));
const sum = (values) => values.reduce((total, value) => total + value, 0);

function scoreFormula({ key, scaling, head_dim: dim, softcap }) {
  const usual = Math.abs(scaling * Math.sqrt(dim) - 1) < 1e-6;
  const scaled = `${usual ? "q · k ÷ √d_k" : `${scaling.toPrecision(4)} q · k`}${key.bias === null ? "" : " + b"}`;
  return softcap === null ? `s = ${scaled}` : `s = ${softcap} tanh( (${scaled}) ÷ ${softcap} )`;
}

export const STEPS = {
  product: {
    formula: () => "q · k = Σ qᵢ kᵢ",
    result: ({ key }) => signed(sum(key.products), 4),
    draw: drawProduct,
    legend: ({ q, key }) => t("arithmetic.strips", ...[q, key.k, key.products].map((values) => signed(largest(values), 3))),
  },
  scores: {
    formula: scoreFormula,
    result: ({ key }) => (key.masked ? "−∞" : signed(key.score, 4)),
    draw: drawScores,
    legend: ({ visible }) => t("arithmetic.signed", signed(largest(visible.map(({ score }) => score)), 3)),
  },
  mask: {
    formula: ({ mask }) => (mask === "full" ? "" : "s = −∞  ⇒  eˢ = 0"),
    result: ({ key, mask }) => t(mask === "full" ? "arithmetic.unmasked" : key.masked ? "arithmetic.cut" : "arithmetic.seen"),
    draw: drawMask,
    legend: () => t("arithmetic.crossed"),
  },
  softmax: {
    formula: ({ sink }) => (sink === null ? "a = eˢ ÷ Σ eˢ" : "a = eˢ ÷ (Σ eˢ + eˢⁱⁿᵏ)"),
    result: ({ key }) => formatWeight(key.weight),
    draw: drawSoftmax,
    legend: ({ visible }) => t("arithmetic.bars", formatWeight(largest(visible.map(({ weight }) => weight)))),
  },
  values: {
    formula: () => "o = Σ a v",
    result: ({ output }) => `‖o‖ = ${signed(Math.hypot(...output), 4)}`,
    draw: drawValues,
    legend: ({ key, output, visible }) => t("arithmetic.vectors", signed(largest([...key.v, ...output]), 3),
      signed(largest(visible.map(({ weight, v }) => weight * Math.hypot(...v))), 3)),
  },
  write: {
    formula: () => "w = o W_O",
    result: ({ write }) => (write.norm === null ? "" : `‖w‖ = ${signed(write.norm, 4)}`),
    draw: drawWrite,
    legend: ({ write, visible }) => (write.norm === null ? ""
      : t("arithmetic.bars", signed(largest(visible.map((key) => key.write)), 4))),
  },
};
