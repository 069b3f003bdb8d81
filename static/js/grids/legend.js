/** The one scale of heads beside each other, and what its patterns mean. */
import { barWords, drawBar, drawLegend } from "../controls.js";
import { h } from "../dom.js";
import { betweenName } from "../filters.js";
import { t } from "../i18n.js";
import { sinkPattern } from "../paint.js";

export function createLegend() {
  const bar = h("canvas", { "aria-hidden": "true" });
  const box = h("div", { class: "bar-box" }, bar);
  const ends = [0, 1, 2].map(() => h("span", {}));
  const [swatch, sinks] = [h("canvas", { class: "mask-swatch", "aria-hidden": "true" }), h("span", {})];
  const hatched = h("span", {}, swatch, sinks);
  const masked = h("span", {}, h("i", { class: "mask-swatch", "aria-hidden": "true" }), h("span", { "data-t": "legend.masked" }, t("legend.masked")));
  const beyond = h("span", {});
  const outside = h("span", {}, h("i", { class: "outside-swatch", "aria-hidden": "true" }), beyond);
  const element = h("div", { class: "legend grid-legend" },
    h("div", { class: "scale" }, box, h("div", { class: "bar-ends" }, ...ends)),
    h("div", { class: "keys" }, h("span", { "data-t": "grid.oneScale" }, t("grid.oneScale")), hatched, masked, outside));

  return {
    element,

    /** @param picture  any of them: all are on the same scale; `between` is which texts are left in sight, or null */
    draw(picture, between) {
      barWords(picture).forEach((text, at) => { ends[at].textContent = text; });
      box.hidden = !picture.top;
      if (picture.top) drawBar(bar, picture.ramp);
      hatched.hidden = !picture.sinks.length;
      if (picture.sinks.length) {
        sinks.textContent = t(`legend.short.${picture.reading}`);
        drawLegend(swatch, (context) => sinkPattern(context, picture));
      }
      outside.hidden = !between;
      if (between) beyond.textContent = t("filter.outside", betweenName(between));
      masked.hidden = picture.spans[1] === picture.block.columns - 1 && picture.spans.at(-2) === 0;
    },
  };
}
