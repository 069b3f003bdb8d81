/** Predict, then reveal: the reader names the strongest key before its numbers are shown. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { bareText, formatWeight } from "../tokens.js";
import { placeOf } from "./place.js";

/** The row of weights that is guessed at, as a name. */
export const rowName = ({ analysis, view: { stack, layer, head }, query }) => `${analysis.id} ${stack} L${layer}H${head} ${query}`;

/** Whether the row in sight waits for a guess: until then nothing may tell its weights. */
export const isAsked = (state) => state.view === "arithmetic" && state.guesses !== null
  && !state.guesses.has(rowName({ ...state, ...placeOf(state) }));

export function question({ visible, queryToken, view }, reveal) {
  return h("section", { class: "question" },
    h("p", { id: "arithmetic-question" }, t("arithmetic.question", bareText(queryToken), t("head.name.head", view.layer, view.head))),
    h("div", { class: "guesses", role: "group", "aria-labelledby": "arithmetic-question" }, ...visible.map(({ index, token }) =>
      h("button", { type: "button", class: "chip", onclick: () => reveal(index) },
        h("bdi", {}, bareText(token)), h("small", {}, ` ${index}`)))));
}

export function outcome({ row, listed }, guess) {
  const best = row.reduce((most, weight, at) => (weight > row[most] ? at : most), 0);
  const name = (at) => bareText(listed.find(({ index }) => index === at).token);
  const rank = row.reduce((above, weight) => above + (weight > row[guess]), 1);
  return h("p", { class: "outcome", role: "status" }, rank === 1
    ? t("arithmetic.right", name(guess), formatWeight(row[guess]))
    : t("arithmetic.wrong", name(guess), formatWeight(row[guess]), rank, name(best), formatWeight(row[best])));
}
