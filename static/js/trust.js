/** "Is this picture right?": what was measured on this very analysis; null is never green. */
import { byId, h, refill } from "./dom.js";
import { filterWords } from "./filters.js";
import { extend, t } from "./i18n.js";
import { isGone, isHiding } from "./lens.js";
import en from "./texts/trust.en.js";
import zh from "./texts/trust.zh.js";
import { bareText, formatWeight, isGiven, keysOf, layerOf } from "./tokens.js";

extend({ en, zh });

/** The bound that a model must keep when it is loaded (eager against the trace). */
const BOUND = 1e-4;
/** Rows sum to 1 within this, if they do and were rounded to bfloat16 (app/services/given.py). */
export const LOOSE = 1e-2;

export function createTrust(store, onProblem) {
  const list = byId("trust");
  const verdict = byId("trust-verdict");
  let checking = false;

  async function verify() {
    const { weights, analysis, painted: { view } } = store.get();
    checking = true;
    onProblem(null);
    show();
    try {
      const checked = await weights.verify(view);
      const now = store.get();
      if (now.analysis === analysis) store.set({ checks: checked.checks });
    } catch (error) {
      onProblem(error, verify);
    } finally {
      checking = false;
      show();
    }
  }

  function show() {
    const { document, analysis, weights, painted, checks, view: open } = store.get();
    if (!analysis || painted?.analysis !== analysis) return;
    const { view } = painted;
    const facts = checks ?? analysis.checks;
    const layer = layerOf(analysis, view);
    const given = isGiven(analysis);
    refill(list,
      ...fact(t("trust.output"), error(facts.output_max_error, facts), t("trust.output.how", facts.sampled)),
      ...fact(t("trust.eager"), eager(facts, view, weights.verify)),
      ...fact(t(view.show === "max" ? "trust.rows.single" : "trust.rows"), given ? sumsOf(facts) : error(facts.row_sum_error, facts)),
      ...(given ? [] : roundingOf(facts)),
      ...fact(t("trust.mask"), given && !layer.causal ? t("trust.mask.unknown") : maskOf(layer)),
      ...(given ? [] : fact(t("trust.added"), addedOf(analysis))),
      ...(given ? [] : fact(t("trust.cut"), analysis.truncated ? t("trust.cut.yes", document.tokens.input.length) : t("trust.cut.no"))),
      ...fact(t("trust.pooled"), open === "heatmap" ? pooledOf(painted) : t("trust.atPicture")),
      ...fact(t("trust.sinks"), sinksOf(painted)),
      ...fact(t("trust.unit"), t(`trust.unit.${weights.lens.unit}`)),
      ...fact(t("trust.keep"), filterWords(weights.lens) || t("filter.keep.all")),
      ...fact(t("trust.scale"), open === "heatmap" ? scaleOf(painted) : t("trust.atPicture")),
      ...(given ? [] : fact(t("trust.model"), modelOf(analysis.model))),
      ...fact(t("trust.computed"), h("span", { class: "computed" }, given ? givenAs(analysis.model) : computedOf(analysis.model))),
    );
    showVerdict(facts);
  }

  function showVerdict({ output_max_error: output, eager_max_error: eager, rounding_max_error: rounding }) {
    const measured = [output, eager].filter((value) => value !== null);
    const judged = measured.every((value) => value <= BOUND) ? "good" : "bad";
    const state = rounding !== null ? "rounded" : measured.length ? judged : "unknown";
    verdict.dataset.verdict = state;
    verdict.textContent = t(`trust.verdict.${state}`);
  }

  /** A saved page has no model to compare with any more. */
  function eager(facts, view, verifiable) {
    if (isChecked(facts, view)) return error(facts.eager_max_error, facts);
    return verifiable ? button(view) : error(null, facts);
  }

  const button = ({ show: what }) => h("button", {
    type: "button", class: "small", id: "verify", disabled: checking || what !== "head", onclick: verify,
    title: what === "head" ? null : t("head.notOne"),
  }, t(checking ? "trust.checking" : "trust.check"));

  store.on(["analysis"], () => store.set({ checks: null }));
  store.on(["painted", "checks", "lang", "view"], show);
}

const isChecked = ({ eager_checked: checked }, { stack, layer, head, show }) => show === "head"
  && checked.some((done) => done.stack === stack && done.layer === layer && done.heads.includes(head));

const fact = (name, value, title = null) => [h("dt", { title }, name), h("dd", {}, value)];

/** What was rounded on purpose is neither right nor wrong: it is as far off as it says. */
function error(value, { rounding_max_error: rounding }) {
  if (value === null) return h("span", { class: "unmeasured" }, t("trust.unmeasured"));
  const [sign, verdict] = rounding !== null ? ["≈", null] : value <= BOUND ? ["✓", "good"] : ["✗", "bad"];
  return h("span", { class: verdict }, `${sign} ${value === 0 ? "0" : value.toExponential(0)}`);
}

/** Of weights that nothing vouches for: what was found, without a verdict. */
const sumsOf = ({ row_sum_error: error }) =>
  t(error > LOOSE ? "trust.rows.off" : "trust.rows.within", formatWeight(error));

function pooledOf({ view, grain: { size: [rows, columns], rough } }) {
  if (rough) return t("trust.pooled.rough", rough.rows, rough.sampled);
  return rows * columns === 1 ? t("trust.pooled.no") : t("trust.pooled.yes", view.pool, rows, columns);
}

function maskOf({ mask, window: span }) {
  return mask === "sliding" && span ? t("trust.mask.sliding", span.before, span.after) : t(`trust.mask.${mask}`);
}

function addedOf({ request, tokens: { input } }) {
  const added = input.filter((token) => token.added).map((token) => token.text);
  if (added.length) return added.join(" ");
  return t(request.add_special_tokens ? "trust.added.none" : "trust.added.off");
}

function roundingOf({ rounding_max_error: moved, ...facts }) {
  if (moved === null) return fact(t("trust.kept"), t("trust.kept.whole"));
  return fact(t("trust.rounding"), error(moved, { rounding_max_error: moved }), t("trust.rounding.how", facts.sampled));
}

/** What is taken out is named. */
function sinksOf({ analysis, view: { stack, sinks } }) {
  const gone = keysOf(analysis, stack).filter((token) => isGone(sinks, token, stack));
  return isHiding(sinks) ? t(`trust.sinks.${sinks}`, [...new Set(gone.map(bareText))]) : t(`sinks.${sinks}`);
}

const scaleOf = ({ pictures: [{ scale, top }] }) => (top
  ? t("trust.scale.to", t(`scale.${scale}`), formatWeight(top, 2)) : t("scale.caption.none"));

const modelOf = ({ id, revision }) => `${id} · ${t("trust.revision", revision.slice(0, 12))}`;

const computedOf = ({ dtype, device, kernel, trace }) => `${device} · ${dtype} · ${kernel} · ${t(`trust.trace.${trace}`)}`;

const givenAs = ({ dtype, revision }) => `${t("trust.given")} · ${dtype} · ${t("trust.revision", revision.slice(0, 12))}`;
