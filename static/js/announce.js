/** A live region speaks the selection: "L3H1, query are 6, key keys 2, 0.788". */
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { settle } from "./timing.js";
import { formatWeight, keysOf, queriesOf } from "./tokens.js";

const REST_MS = 250;

export function createAnnouncer(store) {
  const region = byId("spoken");
  const say = (text) => {
    region.textContent = text;
  };

  const speak = settle(REST_MS, async () => {
    const { shown, analysis, weights, stack, layer, head, show, query, key, phase } = store.get();
    if (phase !== "ready" || shown?.analysis !== analysis) return;
    const row = await weights.row({ stack, layer, head, show }, query).catch(() => null);
    if (!row || store.get().query !== query || store.get().key !== key) return;
    say(t("spoken", t(`head.name.${show}`, layer, head), queriesOf(analysis, stack)[query].text, query,
      keysOf(analysis, stack)[key].text, key, formatWeight(row[key], 3)));
  });

  store.on(["layer", "head", "show", "query", "key", "phase"], speak);
  return say;
}
