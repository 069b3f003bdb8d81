/** The weighted sum of values: what the head passes on. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { bareText, formatWeight } from "../tokens.js";
import { keyTable } from "./keytable.js";
import { signed, strip } from "./strip.js";

const length = ({ v }) => Math.hypot(...v);

export function drawValues(facts) {
  const { key, output, queryToken } = facts;
  const share = key.v.map((value) => key.weight * value);
  const top = Math.max(...[...key.v, ...output].map(Math.abs));
  return [
    h("p", {}, t("learn.values.body")),
    h("div", { class: "figure" },
      h("div", { class: "strips" },
        strip(key.v, "v", t("learn.values.v", bareText(key.token)), top),
        strip(share, "v", t("learn.values.wv", bareText(key.token), formatWeight(key.weight)), top),
        strip(output, "o", t("learn.values.o", bareText(queryToken)), top)),
      keyTable(t("learn.values.caption"), facts, [
        { head: t("learn.column.weight"), value: ({ weight }) => weight },
        { head: t("learn.column.length"), value: length, format: (value) => signed(value, 3) },
        { head: t("learn.column.taken"), value: (each) => each.weight * length(each), hue: "v" },
      ], facts.visible)),
    h("p", { class: "note" }, t("learn.values.note")),
  ];
}
