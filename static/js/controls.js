/** Choices about the head that is open: which, what of it, on which scale; and the zoom. */
import { byId, fitCanvas, h } from "./dom.js";
import { css, LOG_FLOOR } from "./colour.js";
import { t } from "./i18n.js";
import { filterWords } from "./filters.js";
import { lookOf } from "./look.js";
import { isHiding, isPlain } from "./lens.js";
import { sinkPattern } from "./paint.js";
import { shareOf, sharesFor } from "./head.js";
import { bareText, formatWeight, layerOf, stackOf } from "./tokens.js";
import { begin } from "./timing.js";

export function createControls(store, plot) {
  const layer = byId("layer");
  const head = byId("head");

  const pick = (element, read) => element.addEventListener("change", (event) => {
    begin("head-switch", event.timeStamp);
    store.set(read(element.value), { history: "push" });
  });
  pick(layer, (value) => {
    const { analysis, stack, head: now } = store.get();
    const heads = layerOf(analysis, { stack, layer: Number(value) }).heads;
    return { layer: Number(value), head: Math.min(now, heads - 1), hoverHead: null };
  });
  pick(head, (value) => ({ head: Number(value), hoverHead: null }));
  pick(byId("show"), (show) => ({ show }));
  pick(byId("scale"), (scale) => ({ scale }));
  pick(byId("sinks"), (sinks) => ({ sinks }));
  pick(byId("unit"), (unit) => ({ unit }));
  pick(byId("pool"), (pool) => ({ pool }));

  byId("zoom-in").addEventListener("click", () => store.get().shown && plot.zoomIn());
  byId("zoom-out").addEventListener("click", () => plot.zoomOut());
  byId("zoom-reset").addEventListener("click", () => plot.reset());

  function options() {
    const { analysis, stack, layer: at } = store.get();
    if (!analysis) return;
    fill(layer, stackOf(analysis, stack).layers.map(({ index }) => index));
    fill(head, Array.from({ length: layerOf(analysis, { stack, layer: at }).heads }, (_, i) => i));
    values();
  }

  function values() {
    const state = store.get();
    for (const name of ["layer", "head", "show", "scale", "sinks", "unit", "pool"]) byId(name).value = String(state[name]);
    head.disabled = state.show !== "head";
    head.title = head.disabled ? t("head.notOne") : "";
  }

  function caption() {
    const { painted, weights, analysis } = store.get();
    if (!painted || painted.analysis !== analysis) return;
    const { view, pictures: [picture] } = painted;
    byId("head-name").textContent = t(`head.name.${view.show}`, view.layer, view.head);
    byId("head-note").replaceChildren(...notes(store.get()));
    const long = weights.isLong(view.stack);
    byId("pooled").hidden = byId("pool-box").hidden = !long;
    if (long) byId("pooled").textContent = grainWords(painted);
    const words = barWords(picture);
    ["bar-low", "bar-name", "bar-high"].forEach((id, i) => { byId(id).textContent = words[i]; });
    byId("bar").parentElement.hidden = !picture.top;
    if (picture.top) drawBar(byId("bar"), picture.ramp);
    byId("overview-reading").textContent = isHiding(picture.reading) ? t(`overview.${picture.reading}`) : "";
    byId("hatch-legend").hidden = !picture.sinks.length;
    if (picture.sinks.length) drawSinks(picture);
    byId("mask-legend").hidden = picture.spans[1] === picture.block.columns - 1 && picture.spans.at(-2) === 0;
  }

  store.on(["analysis", "lang"], options);
  store.on(["layer", "head", "show", "scale", "sinks", "unit", "pool"], values);
  store.on(["layer"], options);
  store.on(["painted", "example", "sinkShares", "lang", "theme"], caption);
}

function fill(select, numbers) {
  if (select.options.length === numbers.length) return;
  select.replaceChildren(...numbers.map((number) => h("option", { value: number }, String(number))));
}

/** How many weights there are, and how many of them one cell in sight shows. */
export function grainWords({ view, pictures: [{ block }], grain: { size, rough } }) {
  const whole = [block.rowBins.at(-1), block.columnBins.at(-1)];
  return rough ? t("head.rough", ...whole, rough.rows, rough.sampled) : t("head.pooled", ...whole, ...size, view.pool);
}

/** What to look at, while the example's own head is open; and what the sinks take. */
function notes({ painted, example, sinkShares, weights }) {
  const lines = [];
  const { view } = painted;
  const filtered = filterWords(weights.lens, view.show);
  if (filtered) lines.push(h("span", { class: "filter-on" }, filtered));
  const look = isPlain(weights.lens) && lookOf(example, view);
  if (look) lines.push(h("span", { class: "look" }, look));
  if (weights.lens.unit === "word") lines.push(h("span", { class: "in-unit" }, t("head.inWords")));
  const shares = sharesFor(painted, sinkShares);
  const total = shares.reduce((sum, { values }) => sum + shareOf(values, view), 0);
  const names = [...new Set(shares.map(({ token }) =>
    (token.special ? token.text : t("quoted", bareText(token)))))];
  if (names.length) lines.push(h("span", {}, t("head.sinksTake", names, Math.round(total * 100), view.sinks)));
  return lines;
}

/** What the low end, the middle and the high end of the colour bar say; without a weight there is no bar. */
export function barWords({ scale, top, reading }) {
  const read = isHiding(reading) ? [t(`reading.${reading}`)] : [];
  const name = [t(`scale.caption.${top ? scale : "none"}`), ...read].join(t("comma"));
  return top ? [scale === "log" ? `≤ ${formatWeight(top * LOG_FLOOR)}` : "0", name, formatWeight(top, 2)] : ["", name, ""];
}

/** A pixel for each colour, stretched by the style sheet: to ask for the room there is would lay out the page. */
export function drawBar(canvas, ramp) {
  if (canvas.ramp === ramp) return;
  canvas.ramp = ramp;
  [canvas.width, canvas.height] = [ramp.length, 1];
  const context = canvas.getContext("2d");
  ramp.forEach((rgb, x) => {
    context.fillStyle = css(rgb);
    context.fillRect(x, 0, 1, 1);
  });
}

function drawSinks(picture) {
  byId("hatch-words").textContent = t(`legend.sinks.${picture.reading}`);
  drawLegend(byId("hatch-swatch"), (context) => sinkPattern(context, picture));
}

/** The small square of the legend shows the very pattern of the plot. */
export function drawLegend(canvas, patternIn) {
  const context = fitCanvas(canvas, 16, 12);
  context.clearRect(0, 0, 16, 12);
  context.fillStyle = patternIn(context);
  context.fillRect(0, 0, 16, 12);
}
