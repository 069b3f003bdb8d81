/** A live region speaks what the page does, and the selection: "L3H1, query are 6, key keys 2, 0.788"; no weight while it is guessed. */
import { isAsked } from "./arithmetic/guess.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { isGone, sinksIn } from "./lens.js";
import { chosen, hasSet, nameOf, setWords } from "./sets.js";
import { settle } from "./timing.js";
import { bareText, formatWeight, keysOf, queriesOf } from "./tokens.js";

const REST_MS = 250;

export function createAnnouncer(store) {
  const region = byId("spoken");
  let before = null; // the document that was there when the pass began
  let done = "";
  let newest = 0;
  /** What is said now ends what waits to be said. */
  const say = (text) => {
    newest += 1;
    done = "";
    region.replaceChildren(text); // a new node: the same words a second time are spoken again
  };

  const speakSoon = settle(REST_MS, async (own) => {
    if (own !== newest) return;
    const { shown, analysis, weights, stack, layer, head, show, query, key, phase } = store.get();
    if (phase !== "ready" || shown?.analysis !== analysis) return;
    const asked = isAsked({ ...store.get(), hoverHead: null });
    const row = await weights.row({ stack, layer, head, show }, query).catch(() => null);
    if (!row || own !== newest) return;
    if (hasSet(store.get()) && !asked) {
      speakSets(store.get(), own);
      return;
    }
    const token = keysOf(analysis, stack)[key];
    const hidden = isGone(sinksIn(store.get()), token, stack);
    say(done + t("spoken", t(`head.name.${show}`, layer, head), bareText(queriesOf(analysis, stack)[query]), query,
      bareText(token), key, asked ? null : hidden ? t("numbers.hidden") : formatWeight(row[key], 3)));
  });

  async function speakSets(state, own) {
    const { weights, stack, layer, head, show } = state;
    const weight = await weights.together({ stack, layer, head, show }, chosen(state, "query"), chosen(state, "key")).catch(() => null);
    if (weight === null || own !== newest) return;
    say(done + t("sets.spoken", t(`head.name.${show}`, layer, head), nameOf(state, "query"), nameOf(state, "key"), setWords(state), formatWeight(weight, 3)));
  }

  const speak = () => speakSoon(newest += 1);

  /** Reading the same run in another way is no pass: whoever asked for it says what came of it. */
  store.on(["phase"], ({ phase, run, document, analysis, stack, weights }) => {
    if (phase === "working") {
      before = document;
      if (run) say(t("stage.working"));
    } else if (phase === "error") say(t("spoken.failed"));
    else if (document === before) {
      if (run) say(t("spoken.cancelled"));
    } else {
      done = `${t("spoken.done", queriesOf(analysis, stack).length, weights.lens.unit)} `;
      speak();
    }
  });
  store.on(["layer", "head", "show", "query", "key", "querySet", "keySet", "guesses"], ({ view }, how, changed) => {
    const hasOwn = view === "compare" && !["layer", "head", "show", "querySet", "keySet"].some((name) => changed.has(name));
    if (!hasOwn) speak(); // a comparison says its selected cell itself: A, B and A - B
  });
  return say;
}
