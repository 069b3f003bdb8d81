/** The direction of the text, and what is said of the sets that are chosen: between which words, how, and how much. */
import { byId } from "./dom.js";
import { viewOf } from "./head.js";
import { t } from "./i18n.js";
import { chosen, hasSet, nameOf, setWords } from "./sets.js";
import { settle } from "./timing.js";
import { formatWeight } from "./tokens.js";

const REST_MS = 50;
const DIRECTIONS = ["looks", "looked"];

/** @param {{onTurn: (direction: string) => void, onClear: () => void}} hear */
export function createSetTools(store, { onTurn, onClear }) {
  const note = byId("set-note");
  let before = null; // the run whose sets were shown last

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

  function show() {
    const state = store.get();
    if (!state.analysis) return;
    buttons(state);
    if (hasSet(state)) {
      before = state.document;
      say(state);
    } else {
      note.textContent = before && before !== state.document ? t("sets.dropped") : "";
      if (before === state.document) before = null;
    }
  }

  const say = settle(REST_MS, async (state) => {
    const sides = ["query", "key"].map((side) => chosen(state, side));
    const weight = await state.weights.together(viewOf(state), ...sides).catch(() => null);
    const now = store.get();
    if (now.weights !== state.weights || viewOf(now).head !== viewOf(state).head || sides.join() !== ["query", "key"].map((side) => chosen(now, side)).join()) return;
    const said = weight === null ? t("row.failed") : t("sets.both", nameOf(state, "query"), nameOf(state, "key"), formatWeight(weight));
    note.textContent = [said, setWords(state)].join(t("comma"));
  });

  store.on(["analysis", "shown", "query", "key", "querySet", "keySet", "direction", "lang"], show);
  buttons(store.get());
}
