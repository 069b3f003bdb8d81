/** How far the thumbnails of a long text are: said below them, with a button that stops the rest. */
import { SIZE } from "./bins.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";

export function createSteps(store, session) {
  const button = byId("overview-stop");
  let shown = null;

  function say() {
    byId("overview-steps").hidden = !shown?.inSteps;
    if (!shown?.inSteps) return;
    byId("overview-exact").textContent = t("overview.steps", shown.exact.size, shown.layers, SIZE);
    byId("overview-problem").textContent = shown.failed() ? t("overview.failed") : "";
    button.hidden = shown.exact.size === shown.layers;
    button.textContent = t(shown.isRunning() ? "overview.stop" : "overview.go");
  }

  session.onAnalysis(async () => {
    const { weights, stack } = store.get();
    const found = weights.thumbnails(stack);
    await found.first;
    if (store.get().weights !== weights) return;
    shown = found;
    found.onChange(() => found === shown && say());
    say();
  });
  button.addEventListener("click", () => (shown.isRunning() ? shown.stop() : shown.go()));
  store.on(["lang"], say);
}
