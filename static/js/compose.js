/** The text, its live token count, Analyze and Cancel, and what went wrong with them. */
import { wasAborted } from "./api.js";
import { byId } from "./dom.js";
import { remember } from "./history.js";
import { t } from "./i18n.js";
import { createParts } from "./parts.js";
import { isRemote } from "./picker.js";
import { placeOfProblem, showProblem } from "./problems.js";
import { latest, settle } from "./timing.js";

const TYPING_MS = 180;

export function createCompose(store, session, source) {
  const text = byId("text");
  const pair = byId("text-pair");
  const count = byId("count");
  const newest = latest();

  const modelOf = ({ models, model }) => models.find(({ id }) => id === model);
  const takesPairs = () => modelOf(store.get())?.pairs ?? false;
  const pairOpen = () => takesPairs() && !byId("pair-box").hidden;

  const typed = () => ({
    model: store.get().model,
    text: text.value,
    text_pair: pairOpen() ? pair.value : null,
  });

  /** What Analyze takes of it. */
  const wanted = () => ({ ...typed(), text: parts.text() ?? text.value });

  function analyse(event, more = {}) {
    session.analyse({ ...wanted(), ...more }, { at: event?.timeStamp });
  }

  const parts = createParts((event) => {
    fresh();
    analyse(event);
  });

  /** What was typed and never analysed is found in the history after another text took its place. */
  function keepTyped() {
    if (text.value && !byId("stale").hidden) remember({ ...typed(), truncate: false });
  }

  /** Puts a request into the fields without running it. */
  function write({ model, text: words, text_pair: second }) {
    if (second !== null || model !== store.get().model || !parts.show(words)) {
      if (words !== text.value) keepTyped();
      text.value = words;
    }
    pair.value = second ?? "";
    store.set({ model });
    openPair(second !== null);
    tokenize();
  }

  /** Text from a file: shown and counted, analysed when the reader says so. */
  function writeText(words) {
    keepTyped();
    text.value = words;
    text.focus();
    tokenize();
  }

  function openPair(open) {
    byId("pair-box").hidden = !open;
    byId("pair-toggle").setAttribute("aria-expanded", String(open));
    byId("pair-toggle").textContent = t(open ? "compose.removePair" : "compose.addPair");
  }

  async function tokenize() {
    const model = modelOf(store.get());
    fresh();
    if (!model || !text.value) {
      count.textContent = "";
      parts.offer(null);
      store.set({ counted: null });
      return;
    }
    if (isRemote(model) || model.status === "failed") {
      showCount(null);
      return;
    }
    try {
      const request = typed();
      const answer = await newest((signal) => source.tokenize(request, signal));
      if (answer) showCount({ request, ...answer });
    } catch (error) {
      if (!wasAborted(error)) showCount(null);
    }
  }

  function showCount(answer) {
    count.textContent = answer ? t("compose.count", answer.count, answer.limit) : t("compose.noCount");
    parts.offer(answer?.windows, answer?.request.text);
    store.set({ counted: answer });
    warn();
  }

  /** Red while the text would be refused, not once its beginning has been analysed. */
  function warn() {
    const { counted, analysis } = store.get();
    const accepted = parts.text() !== null || (analysis?.truncated && byId("stale").hidden);
    count.classList.toggle("over", counted !== null && counted.count > counted.limit && !accepted);
  }

  /** Says when the pictures below belong to an earlier text. */
  function fresh() {
    const { analysis } = store.get();
    const now = wanted();
    const same = !analysis || (["model", "text", "text_pair"].every((name) => now[name] === analysis.request[name]));
    byId("stale").hidden = same;
    warn();
  }

  function problem({ problem: error, phase }) {
    const shown = phase === "error" ? error : null;
    const at = shown && placeOfProblem(shown);
    const again = [[t("problem.retry"), (event) => analyse(event)]];
    const useless = ["unknown-model", "invalid-request"].includes(shown?.name);
    const cut = [t("problem.truncate"), (event) => analyse(event, { truncate: true })];
    showProblem(byId("model-problem"), at === "model" ? shown : null, useless ? [] : again);
    showProblem(byId("text-problem"), at === "text" ? shown : null,
      shown?.name === "too-many-tokens" ? [cut] : useless ? [] : again);
    text.setAttribute("aria-invalid", String(at === "text"));
  }

  function working({ phase }) {
    document.documentElement.dataset.state = phase;
    const [show, hide] = phase === "working" ? ["cancel", "analyze"] : ["analyze", "cancel"];
    const focused = document.activeElement === byId(hide);
    byId(show).hidden = false;
    byId(hide).hidden = true;
    if (focused) byId(show).focus();
    byId("stage").textContent = phase === "working" ? t("stage.working") : "";
    byId("panels").setAttribute("aria-busy", String(phase === "working"));
  }

  function timing({ analysis, phase }) {
    if (!analysis || phase !== "ready") return;
    const { tokenize: tokenizing, forward } = analysis.timing_ms;
    byId("stage").textContent = t("stage.timing", milliseconds(tokenizing), milliseconds(forward));
  }

  const tokenizeSoon = settle(TYPING_MS, tokenize);
  for (const field of [text, pair]) {
    field.addEventListener("input", tokenizeSoon);
    field.addEventListener("input", fresh);
  }
  byId("compose").addEventListener("submit", (event) => {
    event.preventDefault();
    analyse(event);
  });
  byId("compose").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      analyse(event);
    }
  });
  byId("cancel").addEventListener("click", () => session.cancel());
  byId("pair-toggle").addEventListener("click", () => {
    openPair(byId("pair-box").hidden);
    tokenize();
    if (pairOpen()) pair.focus();
  });

  const pairs = () => {
    byId("pair-toggle").hidden = !takesPairs();
    openPair(!byId("pair-box").hidden && takesPairs());
  };
  store.on(["model", "models"], () => {
    pairs();
    tokenize();
  });
  store.on(["lang"], () => {
    pairs();
    parts.relabel();
    tokenize();
    problem(store.get());
    timing(store.get());
  });
  store.on(["analysis"], fresh);
  store.on(["replaced", "layer", "head", "query", "key"], ({ replaced }, _, changed) => {
    if (replaced && !changed.has("replaced")) store.set({ replaced: false });
    byId("link-replaced").hidden = !store.get().replaced;
  });
  store.on(["phase", "problem"], problem);
  store.on(["phase"], working);
  store.on(["phase", "analysis"], timing);

  return { write, writeText };
}

const milliseconds = (value) => (value < 1 ? value.toFixed(1) : Math.round(value));
