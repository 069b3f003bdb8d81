/** Failures as sentences, where they happened, with what to do. */
import { h } from "./dom.js";
import { knows, t } from "./i18n.js";

/** Where a failed analysis is told: at the model, or at the text. */
export const placeOfProblem = ({ name }) =>
  (["unknown-model", "model-failed", "model-refused", "model-loading"].includes(name) ? "model" : "text");

/** The page's own words for this kind of failure, then the server's for this one. */
function sentenceOf(error) {
  const own = knows(`problem.${error.name}`) ? t(`problem.${error.name}`) : t("problem.internal");
  const detail = error.message && error.message !== own ? error.message : "";
  return detail ? `${own} ${detail}` : own;
}

/** `actions` are [label, what to do] pairs. */
export function showProblem(element, error, actions = []) {
  element.hidden = !error;
  element.replaceChildren();
  if (!error) return;
  element.append(h("span", {}, sentenceOf(error)), ...actions.map(([label, act]) =>
    h("button", { type: "button", class: "small", onclick: act }, label)));
}
