/** Failures as sentences, where they happened, with what to do. */
import { byId, h } from "./dom.js";
import { knows, t } from "./i18n.js";

/** Where focus goes when a problem is gone while one of its buttons had it. */
const BACK = { "text-problem": "text", "model-problem": "model", "head-problem": "heatmap", "trust-problem": "verify" };

/** A failure that has a sentence of its own in the catalogue. */
export const problem = (name) => Object.assign(new Error(""), { name });

/** Where a failed analysis is told: at the model, or at the text. */
export const placeOfProblem = ({ name }) =>
  (["unknown-model", "model-failed", "model-refused", "model-loading"].includes(name) ? "model" : "text");

/** What the server says of these is meant for scripts. */
const FOR_SCRIPTS = ["unauthorized", "unknown-model"];

/** The page's own words for this kind of failure, then the server's for this one. */
export function sentenceOf(error) {
  const own = knows(`problem.${error.name}`) ? t(`problem.${error.name}`) : t("problem.internal");
  const adds = error.message && error.message !== own && !FOR_SCRIPTS.includes(error.name);
  return adds ? `${own} ${error.message}` : own;
}

/** `actions` are [label, what to do] pairs. */
export function showProblem(element, error, actions = []) {
  if (!error && element.contains(document.activeElement)) byId(BACK[element.id]).focus();
  element.hidden = !error;
  element.replaceChildren();
  if (!error) return;
  element.append(h("span", {}, sentenceOf(error)), ...actions.map(([label, act]) =>
    h("button", { type: "button", class: "small", onclick: act }, label)));
}
