/** What a wait is for, and how far it is: the model on its way here, or the layers of a long run. */
import { byId } from "./dom.js";
import { t } from "./i18n.js";

/** Shorter waits say only that the page works. */
const PATIENCE_MS = 1000;
const POLL_MS = 300;

/** `onModel(model)` hears how a model stands that was waited for. */
export function createProgress(store, source, onModel) {
  const bar = byId("progress");
  const isWaiting = (run) => store.get().phase === "working" && store.get().run === run;

  async function watch({ run, model }) {
    await pause(PATIENCE_MS);
    while (isWaiting(run)) {
      const at = await source.progress(run).catch(() => null); // answered, or not arrived yet
      const said = at?.stage === "load" ? ofModel(await source.model(model).catch(() => null)) : ofRun(at);
      if (isWaiting(run) && said) show(said);
      await pause(POLL_MS);
    }
  }

  function ofModel(model) {
    if (!model) return null;
    onModel(model);
    const { progress, size_bytes: size } = model;
    return progress === null
      ? { text: t("stage.loading") }
      : { text: t("stage.downloading", Math.round(progress * 100), size && Math.round(size / 1e6)), share: progress };
  }

  function ofRun(at) {
    if (at?.stage === "queue") return { text: t("stage.queue") };
    if (at?.done) return { text: t("stage.layers", at.done, at.total), share: at.done / at.total };
    return null;
  }

  function show({ text, share = null }) {
    byId("stage").textContent = text;
    bar.hidden = share === null;
    if (share !== null) bar.value = share;
  }

  store.on(["phase", "run"], (state) => {
    bar.hidden = true;
    if (state.phase === "working" && state.run) watch(state);
  });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
