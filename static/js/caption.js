/** What the caption of a saved picture says: where its numbers come from and how they are read. */
import { barWords, grainWords } from "./controls.js";
import { t } from "./i18n.js";
import { sinksIn } from "./lens.js";
import { onScreen } from "./onscreen.js";
import { isSink, keysOf } from "./tokens.js";

/** What the captions of the API's figures say. */
export function captionOf(state) {
  const { analysis: { model, text_sha256: hash }, document, weights, painted, scale } = state;
  const { view, pictures: [picture] } = painted;
  const { hide, renormalise, queries, keys, unit, keep, between } = onScreen(state);
  const name = t(`head.name.${view.show}`, view.layer, view.head);
  const [low, , high] = barWords(picture);
  const read = Object.entries({ unit, between, keep }).filter(([, value]) => value).map((pair) => pair.join("="));
  const off = keysOf(hide ? document : state.analysis, view.stack)
    .filter((token) => isSink(token, view.stack)).map(({ index }) => index);
  const how = renormalise ? "renormalised" : hide ? "hidden" : sinksIn(state);
  return [
    t("caption.model", model.id, model.revision.slice(0, 12), view.stack, name),
    t("caption.scale", t(`scale.caption.${scale}`), low, high),
    how !== "shown" && off.length && t(`caption.${how}`, off, Boolean(hide && unit)),
    queries && t("caption.part", queries, keys),
    weights.isLong(view.stack) && t("caption.pooled", grainWords(painted)),
    read.length && t("caption.read", read.join(", ")),
    t("caption.text", hash.slice(0, 12), document.tokens.input.length),
  ].filter(Boolean);
}
