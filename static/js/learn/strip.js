/** A vector as a strip of signed bars: up is positive, down is negative. */
import { h } from "../dom.js";
import { t } from "../i18n.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 44;

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** `hue` is q, k, v, o or p; strips that are to be compared share one `top`. */
export function strip(values, hue, name, top = Math.max(...values.map(Math.abs))) {
  const middle = HEIGHT / 2;
  const bars = values.map((value, at) => {
    const length = top ? (Math.abs(value) / top) * (middle - 1) : 0;
    return svg("rect", {
      x: at + 0.08, width: 0.84, height: length, y: value < 0 ? middle : middle - length,
      class: value < 0 ? "down" : "up", "data-at": at,
    });
  });
  const zero = svg("line", { x1: 0, x2: values.length, y1: middle, y2: middle, class: "zero" });
  const label = t("learn.strip", name, values.length, signed(Math.min(...values)), signed(Math.max(...values)));
  const picture = svg("svg", {
    viewBox: `0 0 ${values.length} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label,
  }, zero, ...bars);
  return h("div", { class: `strip ${hue}` },
    h("p", {}, h("b", { class: `letter ${hue}`, "aria-hidden": "true" }, hue === "p" ? "q×k" : hue), ` ${name}`), picture);
}

/** With a true minus, and as many digits as help. */
export const signed = (value, digits = 2) => value.toFixed(digits).replace("-", "−");
