/** Copy link, and Save: a picture of the head, and its weights straight from the API. */
import { byId, h } from "./dom.js";
import { barWords } from "./controls.js";
import { colourAt, css } from "./colour.js";
import { t } from "./i18n.js";
import { paintHead } from "./paint.js";
import { describe } from "./permalink.js";
import { filterWords } from "./filters.js";
import { FONT } from "./plot.js";
import { problem } from "./problems.js";
import { drawSegments } from "./segments.js";
import { keysOf, queriesOf } from "./tokens.js";

const SHARPNESS = 2;
const TITLE_BAND = 34;
const BAR_BAND = 40;

export function createSave(store, plot, say, onProblem) {
  byId("copy-link").addEventListener("click", async () => {
    await copy(location.href);
    say(t("save.copied"));
  });
  const as = createSaveMenu(onProblem);
  as("save-png", () => savePicture(plot, store));
  for (const format of ["csv", "json"]) {
    as(`save-${format}`, async () => {
      const { weights, painted } = store.get();
      download(await weights.file(painted.view, format), nameOf(store.get(), format));
    });
  }
  const saveView = () => {
    const view = JSON.stringify({ headscope: 1, ...describe(store.get()) });
    download(new Blob([view], { type: "application/json" }), nameOf(store.get(), "headscope.json"));
  };
  as("save-view", saveView);
  byId("save-state").addEventListener("click", saveView);
}

/** Returns a function (id, make): a click on that entry closes the menu and makes the file. */
export function createSaveMenu(onProblem) {
  const menu = byId("save-menu");
  const close = () => {
    if (menu.querySelector("div").contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  };
  document.addEventListener("click", (event) => menu.contains(event.target) || close());
  menu.addEventListener("focusout", ({ relatedTarget: to }) => to && !menu.contains(to) && close());
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.preventDefault();
    close();
  });

  return (id, make) => byId(id).addEventListener("click", async () => {
    close();
    try {
      await make();
      onProblem(null);
    } catch (error) {
      onProblem(error);
    }
  });
}

export async function savePicture(plot, store) {
  download(await picture(plot, store.get()), nameOf(store.get(), "png"));
}

function nameOf({ painted: { view }, analysis }, extension) {
  const model = analysis.model.id.split("/").at(-1);
  const head = view.show === "head" ? `H${view.head}` : `-${view.show}`;
  return `${model}-L${view.layer}${head}.${extension}`;
}

function download(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The clipboard needs a secure origin; a selected field works anywhere. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = h("textarea", { class: "visually-hidden" });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
  return undefined;
}

async function picture(plot, { painted: { view, pictures }, analysis, weights }) {
  const [head] = pictures;
  const { width, height, margin, inner, range } = plot.geometry();
  const canvas = document.createElement("canvas");
  canvas.width = width * SHARPNESS;
  canvas.height = (height + TITLE_BAND + BAR_BAND) * SHARPNESS;
  const context = canvas.getContext("2d");
  context.scale(SHARPNESS, SHARPNESS);
  context.fillStyle = css(head.colours.surface);
  context.fillRect(0, 0, width, height + TITLE_BAND + BAR_BAND);
  context.drawImage(cells(pictures, range, inner), margin.l, margin.t + TITLE_BAND, inner.width, inner.height);
  context.drawImage(await load(await plot.toSvg()), 0, TITLE_BAND, width, height);
  const tokens = { queries: queriesOf(analysis, view.stack), keys: keysOf(analysis, view.stack) };
  drawSegments(context, { margin: { ...margin, t: margin.t + TITLE_BAND }, inner, range }, tokens, head.colours, FONT);
  context.fillStyle = css(head.colours.ink);
  context.font = '600 16px Inter, system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif';
  context.fillText(t(`head.name.${view.show}`, view.layer, view.head), 12, 24);
  context.font = '12px Inter, system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif';
  context.textAlign = "right";
  const inWords = weights.lens.unit === "word" && t("head.inWords");
  context.fillText([inWords, filterWords(weights.lens), analysis.model.id].filter(Boolean).join(" · "), width - 12, 24);
  colourBar(context, head, margin.l, height + TITLE_BAND + 8, Math.min(220, inner.width / 2));
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
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
