/** Predict, then reveal: the reader names the strongest key before its numbers are shown. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { bareText, formatWeight } from "../tokens.js";

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
