/** The listed keys as a table; a column may have a bar beside its number. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { bareText, formatWeight } from "../tokens.js";

/**
 * `columns` are {head, value(key) as number or text, format, hue}; with a hue the largest has a full bar.
 * `foot` is a last row of texts.
 */
export function keyTable(caption, facts, columns, keys = facts.listed, foot = null) {
  const tops = columns.map(({ value, hue }) => (hue ? Math.max(...keys.map((key) => Math.abs(value(key)) || 0)) : 0));
  const rows = keys.map((key) => h("tr", { class: key === facts.key && "chosen" },
    h("th", { scope: "row" }, bareText(key.token), h("small", {}, ` ${key.index}`)),
    ...columns.map((column, at) => cell(column, key, tops[at]))));
  return h("div", { class: "key-table", tabindex: "0", role: "group", "aria-label": caption },
    h("table", {},
      h("caption", {}, caption, h("span", { class: "quiet" }, ` ${listing(facts)}`)),
      h("thead", {}, h("tr", {}, ...[t("learn.column.key"), ...columns.map(({ head }) => head)]
        .map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, ...rows),
      foot && h("tfoot", {}, h("tr", {}, ...foot.map((text, at) => h(at ? "td" : "th", at ? {} : { scope: "row" }, text))))));
}

function cell({ value, format = formatWeight, hue }, key, top) {
  const found = value(key);
  if (typeof found === "string") return h("td", {}, found);
  const share = top ? (100 * Math.abs(found)) / top : 0;
  return h("td", { class: hue && "with-bar" },
    h("data", { value: found }, format(found)),
    hue && h("span", { class: `bar-line ${hue} ${found < 0 ? "down" : ""}`, "aria-hidden": "true", style: `--share:${share}%` }));
}

function listing({ listed, count, rest }) {
  if (listed.length === count) return t("learn.listed.all");
  return t("learn.listed", listed.length, count - listed.length, formatWeight(Math.max(0, rest)));
}
