/** The direction of the text, and what is said of the sets that are chosen: between which words, how, and how much. */
import { byId } from "./dom.js";
import { viewOf } from "./head.js";
import { t } from "./i18n.js";
import { MOST_RANGES } from "./ranges.js";
import { chosen, hasSet, nameOf, setWords } from "./sets.js";
import { settle } from "./timing.js";
import { formatWeight } from "./tokens.js";
import { viewKey } from "./weights.js";

const REST_MS = 50;
const SELECTED = ["query", "key", "querySet", "keySet"];
const DIRECTIONS = ["looks", "looked"];

/** What is asked about, as a key. */
const asked = (state) => [state.analysis?.id, viewKey(viewOf(state)), chosen(state, "query"), chosen(state, "key")].join(" ");

/** @param {{onTurn: (direction: string) => void, onClear: () => void}} hear */
export function createSetTools(store, { onTurn, onClear }) {
  const note = byId("set-note");
  let before = null; // the run whose sets were shown last
  let dropped = false;
  let newest = 0;

  for (const direction of DIRECTIONS) {
    byId(`direction-${direction}`).addEventListener("click", () => store.get().direction !== direction && onTurn(direction));
  }
  byId("set-clear").addEventListener("click", () => {
    onClear();
    byId("sentence").focus({ preventScroll: true });
  });

  function buttons(state) {
    for (const direction of DIRECTIONS) byId(`direction-${direction}`).setAttribute("aria-pressed", String(state.direction === direction));
    byId("set-clear").hidden = !hasSet(state);
  }

  function show(state, _, changed) {
    if (!state.analysis) return;
    buttons(state);
    if (changed.has("analysis")) dropped = Boolean(before) && before !== state.document;
    else if (SELECTED.some((name) => changed.has(name))) dropped = false;
    before = hasSet(state) ? state.document : null;
    newest += 1;
    if (before) say(state, newest);
    else note.textContent = dropped ? t("sets.dropped") : "";
  }

  const say = settle(REST_MS, async (state, own) => {
    if (own !== newest) return;
    const sides = ["query", "key"].map((side) => chosen(state, side));
    const weight = await state.weights.together(viewOf(state), ...sides).catch(() => null);
    if (own !== newest || asked(store.get()) !== asked(state)) return;
    const said = weight === null ? t("row.failed") : t("sets.both", nameOf(state, "query"), nameOf(state, "key"), formatWeight(weight));
    note.textContent = [said, setWords(state)].join(t("comma"));
  });

  store.on(["analysis", "shown", "direction", "lang", ...SELECTED], show);
  buttons(store.get());

  return {
    /** Says that a set has too many pieces for one more. */
    refuse() {
      newest += 1;
      note.textContent = t("sets.pieces", MOST_RANGES);
    },
  };
}
