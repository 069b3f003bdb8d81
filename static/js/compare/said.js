/** What a comparison says of itself: whose maps they are, how they were read, which heads are listed. */
import { t } from "../i18n.js";
import { isHiding } from "../lens.js";
import { formatWeight, shorten } from "../tokens.js";
import { kindOf } from "./against.js";

const LONGEST = 40;

/** Over the three maps. */
export function titlesOf({ models }, wanted, { pair, ours, theirs }) {
  const title = (id) => models.find((each) => each.id === id)?.title ?? id;
  const more = {
    head: ["", ""],
    text: wanted.edit?.slice(1).map((part) => part && t("quoted", shorten(part, LONGEST))),
    model: [pair.a, pair.b].map(({ model }) => title(model.id)),
  }[kindOf(wanted)];
  const named = [ours, theirs].map(({ layer, head }, side) =>
    [["A", "B"][side], t(`head.name.${ours.show}`, layer, head), more[side]].filter(Boolean).join(" · "));
  return [...named, "A − B"];
}

/** How both are read, what is aligned, and how far they are apart. */
export function notesOf({ weights: { lens } }, { alignment, pair, axes }, { meanAbs, jsd, sampled }) {
  return [
    meanAbs === null ? t("compare.nothingShared") : t("compare.distance", formatWeight(meanAbs), jsd === null ? null : formatWeight(jsd)),
    sampled && t("compare.by", ...sampled),
    alignment.unit === "word" && t("compare.words", pair.a.model.id !== pair.b.model.id),
    ...["A", "B"].map((letter, side) => {
      const count = axes.keys.has[side].filter((here, at) => here && !axes.keys.both[at]).length;
      return count > 0 && t("compare.unmatched", count, letter);
    }),
    isHiding(lens.sinks) && t(`compare.sinks.${lens.sinks}`),
    (lens.keep || lens.between) && t("compare.whole"),
  ].filter(Boolean).join(t("compare.and"));
}

/** How the heads are listed; null where there is nothing to list. */
export function questionOf(wanted, { pair, ours, theirs }) {
  const kind = kindOf(wanted);
  if (kind !== "text" && ours.show !== "head") return null;
  const by = wanted.order ?? "mean_abs";
  const name = t("head.name.head", ours.layer, ours.head);
  return {
    ask: (signal) => pair.ranking(ours, theirs, kind !== "text", signal),
    by,
    title: t(`compare.ranked.${kind}`, by.startsWith("least_"), name),
    open: theirs,
    self: kind === "head" ? ours : null,
  };
}
