/** A text that is too long for the model: which part of it is analysed. */
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { isolated } from "./script.js";
import { shorten } from "./tokens.js";

const WORDS = 28;

/** @param {(event: Event) => void} onChoose  a part was chosen, to be analysed */
export function createParts(onChoose) {
  const select = byId("part");
  let parts = [];

  const chosen = () => (select.value === "" ? null : Number(select.value));

  /** The parts of a text, as the server cut it; none of one that fits. */
  function offer(windows, text) {
    const letters = windows ? Array.from(text) : [];
    const found = (windows ?? []).map(([start, stop]) => letters.slice(start, stop).join(""));
    if (found.length === parts.length && found.every((part, i) => part === parts[i])) return;
    parts = found;
    select.value = "";
    fill();
  }

  function fill() {
    const before = select.value;
    select.replaceChildren(h("option", { value: "" }, t("parts.all")), ...parts.map((part, i) =>
      h("option", { value: i }, t("parts.part", i + 1, parts.length, isolated(shorten(part.trim(), WORDS))))));
    select.value = before;
    byId("parts").hidden = !parts.length;
    ends();
  }

  function ends() {
    byId("part-before").disabled = (chosen() ?? 0) < 1;
    byId("part-after").disabled = (chosen() ?? -1) >= parts.length - 1;
  }

  function choose(index, event) {
    select.value = String(index);
    ends();
    if (chosen() !== null) onChoose(event);
  }

  select.addEventListener("change", (event) => choose(select.value, event));
  byId("part-before").addEventListener("click", (event) => choose(chosen() - 1, event));
  byId("part-after").addEventListener("click", (event) => choose((chosen() ?? -1) + 1, event));

  return {
    offer,
    relabel: fill,

    /** The part's text, or null where all of the text is meant. */
    text: () => (chosen() === null ? null : parts[chosen()]),

    /** Chooses the part with this text; false where there is none. */
    show(text) {
      const index = parts.indexOf(text);
      if (index < 0) return false;
      select.value = String(index);
      ends();
      return true;
    },
  };
}
