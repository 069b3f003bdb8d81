/** Choices about the lines: whose, how many, and which way the text runs. */
import { h } from "../dom.js";
import { t } from "../i18n.js";

const CHOICES = {
  lineQueries: ["one", "all"],
  lineMass: ["0.5", "0.7", "0.9", "1"],
  lineLayout: ["auto", "vertical", "horizontal"],
};

export function createTools(store) {
  const selects = Object.entries(CHOICES).map(([field, values]) => h("select", {
    id: `lines-${field}`,
    onchange: ({ target }) => store.set({ [field]: target.value }, { history: "push" }),
  }, ...values.map((value) => h("option", { value, "data-t": `lines.${field}.${value}` }, t(`lines.${field}.${value}`)))));
  const root = h("div", { class: "lines-tools" }, ...Object.keys(CHOICES).map((field, i) => h("div", {},
    h("label", { for: `lines-${field}`, "data-t": `lines.${field}` }, t(`lines.${field}`)), selects[i])));
  return {
    root,
    show: (state) => Object.keys(CHOICES).forEach((field, i) => { selects[i].value = state[field]; }),
  };
}
