/** What the head writes into the residual stream, of which key, and which tokens that promotes. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { keyTable } from "../learn/keytable.js";
import { signed } from "../learn/strip.js";
import { bareText } from "../tokens.js";

export function drawWrite(facts) {
  const { write, queryToken, visible } = facts;
  if (write.norm === null) return [h("p", { class: "note" }, t(`arithmetic.write.${write.reason}`))];
  return [
    h("p", {}, t("arithmetic.write.body")),
    h("div", { class: "figure" },
      h("p", { class: "equation" }, t("arithmetic.write.norm", bareText(queryToken)), " ",
        h("data", { id: "write-norm", value: write.norm }, signed(write.norm, 4))),
      keyTable(t("arithmetic.write.caption"), facts,
        [{ head: t("arithmetic.write.part"), value: (key) => key.write, format: (norm) => signed(norm, 4), hue: "o" }], visible),
      write.promotes === null ? h("p", { class: "note" }, t(`arithmetic.write.${write.reason}`)) : tokens(write)),
  ];
}

function tokens({ promotes, demotes }) {
  const top = Math.max(...[...promotes, ...demotes].map(({ logit }) => Math.abs(logit)));
  return h("div", { class: "promoted" },
    h("div", { class: "lists" }, list("promotes", promotes, top), list("demotes", demotes, top)),
    h("p", { class: "note" }, t("arithmetic.write.lens")));
}

const list = (name, found, top) => h("div", {},
  h("p", { id: `write-${name}` }, t(`arithmetic.write.${name}`)),
  h("ol", { "aria-labelledby": `write-${name}` }, ...found.map(({ text, logit }) => h("li", { class: "with-bar" },
    h("bdi", {}, text), " ", h("data", { value: logit }, signed(logit, 2)),
    h("span", { class: `bar-line o ${logit < 0 ? "down" : ""}`, "aria-hidden": "true", style: `--share:${(100 * Math.abs(logit)) / top}%` })))));
