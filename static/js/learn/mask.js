/** Which keys a query may see, and a way to the other kind of model. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { bareText, keySpan } from "../tokens.js";
import { keyTable } from "./keytable.js";

export function drawMask(facts, { store, openOn }) {
  const table = keyTable(t("learn.mask.caption"), facts,
    [{ head: t("learn.column.sees"), value: ({ masked }) => t(masked ? "learn.mask.no" : "learn.mask.yes") }]);
  return [
    h("p", {}, t("learn.mask.p1")),
    h("div", { class: "figure" },
      h("p", { id: "mask-said" }, sentence(facts)),
      row(facts),
      facts.listed.some(({ masked }) => masked) ? table : null,
      openOn && other(facts, store, openOn)),
  ].filter(Boolean);
}

function sentence({ mask, count, query, queryToken, layerRecord }) {
  if (mask === "causal") return t("learn.mask.causal", bareText(queryToken), query, count - query - 1);
  if (mask === "sliding") return t("learn.mask.window", ...keySpan(layerRecord, query, count));
  return t(mask === "full" ? "learn.mask.full" : "learn.mask.other");
}

const row = ({ listed, key }) => h("div", { class: "seen-row", "aria-hidden": "true" }, ...listed.map((each) =>
  h("span", { class: `${each.masked ? "cut" : ""} ${each === key ? "chosen" : ""}` }, bareText(each.token))));

function other({ mask, analysis }, store, openOn) {
  const wanted = mask === "full" ? "decoder" : "encoder";
  const found = store.get().models.find(({ id, stacks }) => id !== analysis.model.id && stacks.join() === wanted);
  return found && h("button", { type: "button", id: "other-mask", onclick: () => openOn(found.id) },
    t(mask === "full" ? "learn.mask.try" : "learn.mask.back", found.title));
}
