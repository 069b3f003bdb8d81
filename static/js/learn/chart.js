/** Time in attention against length, beside n². */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { svg } from "./strip.js";

const BOX = { width: 640, height: 280, left: 58, right: 16, top: 14, bottom: 40 };

export function costChart(points) {
  const timed = points.filter(({ attention_ms: ms }) => ms.eager !== null || ms.sdpa !== null);
  if (!timed.length) return h("p", {}, points[0].reason ?? t("learn.cost.none"));
  const last = timed.at(-1);
  const square = last.attention_ms.eager ?? last.attention_ms.sdpa;
  const [right, top] = [last.tokens, Math.max(...timed.flatMap(({ attention_ms: ms }) => [ms.eager ?? 0, ms.sdpa ?? 0]))];
  const x = (tokens) => BOX.left + ((BOX.width - BOX.left - BOX.right) * tokens) / right;
  const y = (ms) => BOX.height - BOX.bottom - ((BOX.height - BOX.top - BOX.bottom) * ms) / top;
  const curve = Array.from({ length: 41 }, (_, i) => [x((right * i) / 40), y(square * (i / 40) ** 2)]);
  const line = (name) => timed.filter(({ attention_ms: ms }) => ms[name] !== null)
    .map((point) => [x(point.tokens), y(point.attention_ms[name])]);
  return h("figure", { class: "chart" },
    svg("svg", {
      viewBox: `0 0 ${BOX.width} ${BOX.height}`, role: "img",
      "aria-label": t("learn.cost.chart", timed.length, timed[0].tokens, right),
    }, ...axes(x, y, right, top), path(curve, "square"), ...series(line("eager"), "eager"), ...series(line("sdpa"), "sdpa")),
    h("figcaption", { class: "quiet" }, ...[["square", "square"], ["eager", "measured"], ["sdpa", "fused"]].map(([name, word]) =>
      h("span", {}, h("i", { class: `swatch ${name}`, "aria-hidden": "true" }), t(`learn.cost.${word}`)))));
}

const path = (places, name) => svg("polyline", { class: name, points: places.map((place) => place.map(round).join()).join(" ") });
const round = (value) => Math.round(value * 10) / 10;

const series = (places, name) => [path(places, name), ...places.map(([cx, cy]) => (name === "eager"
  ? svg("circle", { class: name, cx, cy, r: 4 })
  : svg("rect", { class: name, x: cx - 3.5, y: cy - 3.5, width: 7, height: 7 })))];

function axes(x, y, right, top) {
  const text = (words, at) => {
    const made = svg("text", at);
    made.textContent = words;
    return made;
  };
  const floor = y(0);
  const levels = [0, 0.5, 1].flatMap((share) => [
    svg("line", { class: "grid", x1: x(0), x2: x(right), y1: y(top * share), y2: y(top * share) }),
    text(`${(top * share).toPrecision(2).replace(/^0\.0$/, "0")} ms`, { x: x(0) - 6, y: y(top * share) + 4, "text-anchor": "end" }),
  ]);
  const lengths = [0, 0.25, 0.5, 1].map((share) => text(String(Math.round(right * share)),
    { x: x(right * share), y: floor + 17, "text-anchor": share === 1 ? "end" : "middle" }));
  return [...levels, ...lengths, text(t("learn.cost.axis"), { x: x(right / 2), y: floor + 34, "text-anchor": "middle" })];
}
