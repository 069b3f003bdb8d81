/** One query and one key, dimension by dimension. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { bareText } from "../tokens.js";
import { signed, strip } from "./strip.js";

/** How the reader left the strips: by dimension, or the largest product first. */
let bySize = false;

export function drawProduct(facts, { pick }) {
  const { key, rotary } = facts;
  const sum = key.products.reduce((total, product) => total + product, 0);
  const vectors = h("div", { class: "vectors" });
  const show = () => {
    const order = orderOf(key.products);
    const strips = stripsOf(facts, order);
    vectors.replaceChildren(strips, pointer(strips, facts, order));
  };
  show();
  return [
    h("p", {}, t("learn.product.body"), rotary ? `${t("learn.gap")}${t("learn.product.rotary")}` : ""),
    h("div", { class: "figure" },
      h("div", { class: "choices" }, keyChoice(facts, pick), orderChoice(show)),
      vectors,
      h("p", { class: "sum" }, `${t("learn.product.sum", key.products.length)} `,
        h("data", { id: "dot", value: sum }, signed(sum, 4))),
      h("details", { class: "all-dimensions" }, h("summary", {}, t("learn.product.table")), dimensions(facts))),
  ];
}

function orderOf(products) {
  const natural = [...products.keys()];
  return bySize ? natural.sort((a, b) => products[b] - products[a]) : natural;
}

function stripsOf({ q, key, queryToken }, order) {
  const sorted = (values) => order.map((at) => values[at]);
  return h("div", { class: "strips" },
    strip(sorted(q), "q", t("learn.product.q", bareText(queryToken))),
    strip(sorted(key.k), "k", t("learn.product.k", bareText(key.token))),
    strip(sorted(key.products), "p", t("learn.product.products")));
}

function orderChoice(show) {
  const select = h("select", {
    id: "dimension-order",
    onchange: () => {
      bySize = select.value === "size";
      show();
    },
  }, ...["dimension", "size"].map((order) => h("option", { value: order }, t(`learn.product.by.${order}`))));
  select.value = bySize ? "size" : "dimension";
  return h("label", {}, h("span", {}, t("learn.product.order")), " ", select);
}

function keyChoice({ listed, key }, pick) {
  const offered = listed.filter((each) => !each.masked || each === key);
  const select = h("select", {
    id: "key", onchange: () => pick(Number(select.value)),
  }, ...offered.map(({ index, token }) => h("option", { value: index }, `${bareText(token)} ${index}`)));
  select.value = String(key.index);
  return h("label", { class: "key-choice" }, h("span", {}, t("learn.product.key")), " ", select);
}

/** Moving over the strips, or the slider, names one dimension in all three. */
function pointer(strips, { q, key }, order) {
  const slider = h("input", { type: "range", min: 0, max: q.length - 1, step: 1 });
  const output = h("output", { class: "dimension" });
  const show = (at) => {
    const dimension = order[at];
    slider.value = at;
    for (const bar of strips.querySelectorAll("rect")) bar.classList.toggle("on", Number(bar.dataset.at) === at);
    output.textContent = t("learn.product.at", dimension, ...[q, key.k, key.products].map((values) => signed(values[dimension], 3)));
  };
  slider.addEventListener("input", () => show(Number(slider.value)));
  strips.addEventListener("pointermove", (event) => {
    const box = strips.querySelector("svg").getBoundingClientRect();
    const at = Math.floor((q.length * (event.clientX - box.left)) / box.width);
    if (at >= 0 && at < q.length) show(at);
  });
  show(order.indexOf(key.products.indexOf(Math.max(...key.products))));
  return h("div", { class: "pointer" }, h("label", {}, h("span", {}, t("learn.product.dimension")), " ", slider), output);
}

function dimensions({ q, key }) {
  const heads = [t("learn.product.dimension"), "q", "k", "q × k"];
  const rows = q.map((value, at) => h("tr", {}, h("th", { scope: "row" }, String(at)),
    ...[value, key.k[at], key.products[at]].map((number) => h("td", {}, h("data", { value: number }, signed(number, 4))))));
  return h("div", { class: "key-table dimensions", tabindex: "0", role: "group", "aria-label": t("learn.product.table") },
    h("table", { id: "dimensions" },
      h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, ...rows)));
}
