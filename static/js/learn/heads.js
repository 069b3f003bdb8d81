/** The whole head as a picture, the way to it on the main page, and what its neighbours share. */
import { byId, fitCanvas } from "../dom.js";
import { css } from "../colour.js";
import { t } from "../i18n.js";
import { binOf, isPooled } from "../bins.js";
import { describe, toFragment } from "../permalink.js";
import { makePicture } from "../picture.js";
import { paintHead } from "../paint.js";
import { palette } from "../theme.js";
import { bareText, stackOf } from "../tokens.js";
import { nameOf } from "./choices.js";

const WIDEST = 460;

export function createHeads(store) {
  const canvas = byId("picture-canvas");
  let block = null;

  async function fetchHead() {
    const { facts, weights } = store.get();
    if (!facts) return;
    const found = await weights.head(facts.view);
    if (store.get().facts !== facts) return;
    block = found;
    draw();
  }

  function draw() {
    const { facts, theme } = store.get();
    if (!facts || !block) return;
    canvas.parentElement.hidden = false;
    const colours = palette(theme);
    const picture = makePicture(block, facts.analysis, facts.view, { scale: "linear", sinks: "off", colours });
    const width = Math.min(WIDEST, canvas.parentElement.clientWidth - 34);
    const context = fitCanvas(canvas, width, width);
    context.fillStyle = css(colours.surface);
    paintHead(context, [picture], { x: [-0.5, block.columnBins.at(-1) - 0.5], y: [-0.5, block.rowBins.at(-1) - 0.5] }, { width, height: width }, true);
    frame(context, colours, facts, width);
    words(facts);
  }

  function frame(context, { accent }, { query }, width) {
    const height = width / block.rows;
    context.strokeStyle = css(accent);
    context.lineWidth = 2;
    context.strokeRect(1, binOf(block.rowBins, query) * height, width - 2, Math.max(3, height));
  }

  function words({ view, query, queryToken, count }) {
    const name = nameOf(view);
    canvas.setAttribute("aria-label", t("learn.picture.label", name, block.rowBins.at(-1), count));
    const pooled = isPooled(block) ? [t("learn.picture.pooled", block.rows, count)] : [];
    byId("picture-note").textContent = [
      `${name}${t("listComma")}${t("learn.picture.row", bareText(queryToken), query)}`, ...pooled, t("learn.picture.hatch"),
    ].join(" · ");
    byId("open-head").textContent = t("learn.picture.open", name);
  }

  async function link() {
    const { analysis } = store.get();
    if (analysis) byId("open-head").href = `/#${await toFragment(describe(store.get()))}`;
  }

  function shared() {
    const { facts, models } = store.get();
    if (!facts) return;
    const { layers } = stackOf(facts.analysis, facts.view.stack);
    const { heads, kv_heads: kv } = facts.layerRecord;
    const title = models.find(({ id }) => id === facts.analysis.model.id)?.title ?? facts.analysis.model.id;
    byId("heads-count").textContent = t("learn.heads.count", title, layers.length, heads,
      layers.reduce((sum, layer) => sum + layer.heads, 0));
    byId("heads-shared").textContent = kv === heads
      ? t("learn.heads.own") : t("learn.heads.shared", facts.view.head, facts.kv_head);
  }

  store.on(["facts"], fetchHead);
  store.on(["theme", "lang"], draw);
  store.on(["facts"], link);
  store.on(["facts", "lang"], shared);
  addEventListener("resize", draw);
}
