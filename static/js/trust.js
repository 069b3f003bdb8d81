/** "Is this picture right?": what was measured on this very analysis; null is never green. */
import { byId, h, refill } from "./dom.js";
import { t } from "./i18n.js";
import { formatWeight, isGiven, layerOf } from "./tokens.js";

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
    const { document, analysis, weights, painted, checks } = store.get();
    if (!analysis || painted?.analysis !== analysis) return;
    const { view } = painted;
    const facts = checks ?? analysis.checks;
    const layer = layerOf(analysis, view);
    const given = isGiven(analysis);
    refill(list,
      ...fact(t("trust.output"), error(facts.output_max_error, facts), t("trust.output.how", facts.sampled)),
      ...fact(t("trust.eager"), eager(facts, view, weights.verify)),
      ...fact(t(view.show === "max" ? "trust.rows.single" : "trust.rows"), given ? sumsOf(facts) : error(facts.row_sum_error, facts)),
      ...(facts.rounding_max_error === null ? [] : fact(t("trust.rounding"), error(facts.rounding_max_error, facts), t("trust.rounding.how", facts.sampled))),
      ...fact(t("trust.mask"), given && !layer.causal ? t("trust.mask.unknown") : maskOf(layer)),
      ...(given ? [] : fact(t("trust.added"), addedOf(analysis))),
      ...(given ? [] : fact(t("trust.cut"), analysis.truncated ? t("trust.cut.yes", document.tokens.input.length) : t("trust.cut.no"))),
      ...fact(t("trust.pooled"), pooledOf(painted)),
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
  store.on(["painted", "checks", "lang"], show);
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

function addedOf({ tokens: { input } }) {
  const added = input.filter((token) => token.added).map((token) => token.text);
  return added.length ? added.join(" ") : t("trust.added.none");
}

const computedOf = ({ dtype, device, kernel, trace, revision }) =>
  `${device} · ${dtype} · ${kernel} · ${t(`trust.trace.${trace}`)} · ${t("trust.revision", revision.slice(0, 12))}`;

const givenAs = ({ dtype, revision }) => `${t("trust.given")} · ${dtype} · ${t("trust.revision", revision.slice(0, 12))}`;
