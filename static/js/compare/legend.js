/** The two scales of a comparison: of both heads, and of what lies between them. */
import { barWords, drawBar, drawLegend } from "../controls.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { hatchPattern } from "../paint.js";
import { formatWeight } from "../tokens.js";

export function createLegend() {
  const bars = ["weights", "difference"].map((name) => {
    const canvas = h("canvas", { "aria-hidden": "true" });
    const ends = [0, 1, 2].map(() => h("span", {}));
    return { canvas, ends, element: h("div", { class: `scale ${name}` }, h("div", { class: "bar-box" }, canvas), h("div", { class: "bar-ends" }, ...ends)) };
  });
  const swatch = h("canvas", { class: "hatch", "aria-hidden": "true" });
  const keys = {
    hatch: h("span", {}, swatch, h("span", { "data-t": "compare.hatch" }, t("compare.hatch"))),
    masked: h("span", {}, h("i", { class: "mask-swatch", "aria-hidden": "true" }), h("span", { "data-t": "legend.masked" }, t("legend.masked"))),
    second: h("span", {}, h("i", { class: "second-swatch", "aria-hidden": "true" }), h("span", { "data-t": "compare.second" }, t("compare.second"))),
    beyond: h("span", { "data-t": "compare.beyond" }, t("compare.beyond")),
    pooled: h("span", {}),
  };
  const element = h("div", { id: "compare-legend", class: "compare-legend" }, ...bars.map((bar) => bar.element), h("div", { class: "keys" }, ...Object.values(keys)));

  function draw(picture) {
    const { colours, scale, top, apart, axes, panels, rows, columns } = picture;
    words(bars[0], barWords({ scale, top }));
    words(bars[1], apart
      ? [t("compare.less", formatWeight(apart, 2)), t(`scale.${scale}`), t("compare.more", formatWeight(apart, 2))]
      : ["", t("compare.equal"), ""]);
    drawBar(bars[0].canvas, colours.accentRamp);
    drawBar(bars[1].canvas, colours.signedRamps.whole);
    drawLegend(swatch, (context) => hatchPattern(context, colours));
    keys.hatch.hidden = axes.queries.both.every(Boolean) && axes.keys.both.every(Boolean);
    keys.masked.hidden = panels.every(({ spans }) => spans.every((at, i) => at === (i % 2 ? columns - 1 : 0)));
    keys.second.hidden = axes.queries.second < 1 && axes.keys.second < 1;
    keys.beyond.hidden = !picture.beyond;
    keys.pooled.hidden = rows === axes.queries.length && columns === axes.keys.length;
    keys.pooled.textContent = t("compare.pooled", axes.queries.length, axes.keys.length, rows, columns);
  }

  return { element, draw };
}

function words({ ends }, texts) {
  ends.forEach((end, at) => { end.textContent = texts[at]; });
}
