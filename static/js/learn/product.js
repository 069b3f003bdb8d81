/** One query and one key, dimension by dimension. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { bareText } from "../tokens.js";
import { signed, strip } from "./strip.js";

export function drawProduct(facts, store) {
  const { q, key, queryToken, rotary } = facts;
  const strips = h("div", { class: "strips" },
    strip(q, "q", t("learn.product.q", bareText(queryToken))),
    strip(key.k, "k", t("learn.product.k", bareText(key.token))),
    strip(key.products, "p", t("learn.product.products")));
  const sum = key.products.reduce((total, product) => total + product, 0);
  return [
    h("p", {}, t("learn.product.body"), rotary ? `${t("learn.gap")}${t("learn.product.rotary")}` : ""),
    h("div", { class: "figure" },
      keyChoice(facts, store),
      strips,
      pointer(strips, facts),
      h("p", { class: "sum" }, `${t("learn.product.sum", key.products.length)} `,
        h("data", { id: "dot", value: sum }, signed(sum, 4))),
      h("details", { class: "all-dimensions" }, h("summary", {}, t("learn.product.table")), dimensions(facts))),
  ];
}

function keyChoice({ visible, key }, store) {
  const select = h("select", {
    id: "key", onchange: () => store.set({ key: Number(select.value) }, { history: "push" }),
  }, ...visible.map(({ index, token }) => h("option", { value: index }, `${bareText(token)} ${index}`)));
  select.value = String(key.index);
  return h("label", { class: "key-choice" }, h("span", {}, t("learn.product.key")), " ", select);
}

/** Moving over the strips, or the slider, names one dimension in all three. */
function pointer(strips, { q, key }) {
  const slider = h("input", { type: "range", min: 0, max: q.length - 1, step: 1 });
  const output = h("output", { class: "dimension" });
  const show = (at) => {
    slider.value = at;
    for (const bar of strips.querySelectorAll("rect")) bar.classList.toggle("on", Number(bar.dataset.at) === at);
    output.textContent = t("learn.product.at", at, signed(q[at], 3), signed(key.k[at], 3), signed(key.products[at], 3));
  };
  slider.addEventListener("input", () => show(Number(slider.value)));
  strips.addEventListener("pointermove", (event) => {
    const box = strips.querySelector("svg").getBoundingClientRect();
    const at = Math.floor((q.length * (event.clientX - box.left)) / box.width);
    if (at >= 0 && at < q.length) show(at);
  });
  show(key.products.indexOf(Math.max(...key.products)));
  return h("div", { class: "pointer" }, h("label", {}, h("span", {}, t("learn.product.dimension")), " ", slider), output);
}

function dimensions({ q, key }) {
  const heads = [t("learn.product.dimension"), "q", "k", "q × k"];
  const rows = q.map((value, at) => h("tr", {}, h("th", { scope: "row" }, String(at)),
    ...[value, key.k[at], key.products[at]].map((number) => h("td", {}, h("data", { value: number }, signed(number, 4))))));
  return h("div", { class: "keys dimensions", tabindex: "0", role: "group", "aria-label": t("learn.product.table") },
    h("table", { id: "dimensions" },
      h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, ...rows)));
}
