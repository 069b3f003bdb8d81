/** The head that is drawn, as a picture of pixels: what is on screen, its colour bar and a caption. */
import { barWords } from "./controls.js";
import { captionOf } from "./caption.js";
import { colourAt, css } from "./colour.js";
import { filterWords } from "./filters.js";
import { t } from "./i18n.js";
import { paintHead } from "./paint.js";
import { FONT } from "./plot.js";
import { problem } from "./problems.js";
import { drawSegments } from "./segments.js";
import { keysOf, queriesOf } from "./tokens.js";

const SHARPNESS = 2;
const TITLE_BAND = 34;
const BAR_BAND = 48;
const LINE = 16;
const SIDE = 12;

export async function snapshot(plot, state) {
  const { painted: { view, pictures }, analysis, weights } = state;
  const [head] = pictures;
  const { width, height, margin, inner, range } = plot.geometry();
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  context.font = `11px ${FONT}`;
  const lines = captionOf(state).flatMap((sentence) => wrapped(context, sentence, width - 2 * SIDE));
  const below = height + TITLE_BAND + BAR_BAND;
  canvas.width = width * SHARPNESS;
  canvas.height = (below + lines.length * LINE + SIDE) * SHARPNESS;
  context.scale(SHARPNESS, SHARPNESS);
  context.fillStyle = css(head.colours.surface);
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(cells(pictures, range, inner), margin.l, margin.t + TITLE_BAND, inner.width, inner.height);
  context.drawImage(await load(await plot.toSvg()), 0, TITLE_BAND, width, height);
  const tokens = { queries: queriesOf(analysis, view.stack), keys: keysOf(analysis, view.stack) };
  drawSegments(context, { margin: { ...margin, t: margin.t + TITLE_BAND }, inner, range }, tokens, head.colours, FONT);
  context.fillStyle = css(head.colours.ink);
  context.font = `600 16px ${FONT}`;
  context.fillText(t(`head.name.${view.show}`, view.layer, view.head), SIDE, 24);
  context.font = `12px ${FONT}`;
  context.textAlign = "right";
  const inWords = weights.lens.unit === "word" && t("head.inWords");
  context.fillText([inWords, filterWords(weights.lens, view.show), analysis.model.id].filter(Boolean).join(" · "), width - SIDE, 24);
  colourBar(context, head, margin.l, height + TITLE_BAND + 8, Math.min(220, Math.floor(inner.width / 2)));
  context.font = `11px ${FONT}`;
  context.textAlign = "left";
  context.fillStyle = css(head.colours.muted);
  lines.forEach((line, i) => context.fillText(line, SIDE, below + (i + 0.5) * LINE));
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** An SVG as pixels, as sharp. */
export async function rasterised(svg) {
  const address = URL.createObjectURL(svg);
  const image = await load(address).finally(() => URL.revokeObjectURL(address));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width * SHARPNESS, image.height * SHARPNESS];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

const words = new Intl.Segmenter(undefined, { granularity: "word" });

function wrapped(context, sentence, width) {
  const lines = [""];
  for (const { segment } of words.segment(sentence)) {
    if (lines.at(-1) && context.measureText(lines.at(-1) + segment).width > width) lines.push("");
    lines.push(lines.pop() + segment);
  }
  return lines.map((line) => line.trim());
}

function cells(pictures, range, { width, height }) {
  const canvas = document.createElement("canvas");
  canvas.width = width * SHARPNESS;
  canvas.height = height * SHARPNESS;
  const context = canvas.getContext("2d");
  context.scale(SHARPNESS, SHARPNESS);
  paintHead(context, pictures, range, { width, height }, true);
  return canvas;
}

function colourBar(context, picture, x, y, width) {
  const { ramp, top, colours } = picture;
  const [low, name, high] = barWords(picture);
  const beside = top ? x + width + 12 : x;
  for (let i = 0; top && i < width; i += 1) {
    context.fillStyle = css(colourAt(ramp, i / (width - 1)));
    context.fillRect(x + i, y, 1.5, 10);
  }
  context.fillStyle = css(colours.muted);
  context.textAlign = "left";
  context.fillText(low, x, y + 24);
  context.fillText(name, beside, y + 9);
  context.textAlign = "right";
  context.fillText(high, x + width, y + 24);
  if (!picture.sinks.length) return;
  context.textAlign = "left";
  context.fillText(t(`legend.short.${picture.reading}`), beside, y + 24);
}

function load(url) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(problem("no-picture"));
    image.src = url;
  });
}
