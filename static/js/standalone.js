/** A saved page: the same views, on an analysis and weights that the file itself holds. */
import { byId, h } from "./dom.js";
import { createEmbeddedSource } from "./embedded.js";
import { followLanguage, initialLanguage, t } from "./i18n.js";
import { showProblem } from "./problems.js";
import { createSaveMenu, savePicture } from "./save.js";
import { createSession } from "./session.js";
import { createShortcuts } from "./shortcuts.js";
import { createStore } from "./store.js";
import { followTheme, initialTheme } from "./theme.js";
import { formatWeight, isGiven } from "./tokens.js";
import { LOOSE } from "./trust.js";
import { createViews } from "./views.js";

const store = createStore({ lang: initialLanguage(), theme: initialTheme() });
followTheme(store, byId("theme"));
followLanguage(store, byId("lang"));
const problemAt = (id) => (error, retry) =>
  showProblem(byId(id), error, retry ? [[t("problem.retry"), retry]] : []);

store.on(["phase"], ({ phase, problem }) => {
  document.documentElement.dataset.state = phase;
  byId("panels").setAttribute("aria-busy", String(phase === "working"));
  problemAt("page-problem")(problem);
});

/** Deflated and in base64, as a script element that the browser does not run. */
async function unpack(id) {
  const binary = atob(byId(id).textContent);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  byId(id).remove();
  return new Response(plain).blob();
}

async function runPlotly() {
  const src = URL.createObjectURL(new Blob([await unpack("plotly")], { type: "text/javascript" }));
  await new Promise((onload, onerror) => document.head.append(h("script", { src, onload, onerror })));
  URL.revokeObjectURL(src);
}

async function begin() {
  const analysis = JSON.parse(byId("analysis").textContent);
  const [weights] = await Promise.all([unpack("weights"), runPlotly()]);
  const source = createEmbeddedSource(analysis, new Float32Array(await weights.arrayBuffer()));
  const session = createSession(store, source);
  const { plot, say } = createViews(store, session, problemAt);
  createSaveMenu(store, problemAt("head-problem"))("save-png", () => savePicture(plot, store));
  createShortcuts(store, session, say);
  caption(analysis);
  store.on(["lang"], () => caption(analysis));
  store.on(["stack", "layer", "head", "query", "key"], tell);
  await session.analyse(analysis.request, { history: "none" });
}

/** A notebook around this page may hear what is selected (app/widget.py). */
const tell = ({ stack, layer, head, query, key }) =>
  parent.postMessage({ headscope: { stack, layer, head, query, key } }, "*");

function caption(analysis) {
  const { model, stacks, checks } = analysis;
  const indices = stacks.flatMap((stack) => stack.layers.map(({ index }) => index));
  const layers = [...new Set(indices)].sort((a, b) => a - b);
  const loose = checks.row_sum_error > LOOSE ? formatWeight(checks.row_sum_error) : null;
  byId("saved").textContent = isGiven(analysis) ? t("saved.given", model.id, layers, loose)
    : t("saved.caption", model.id, model.revision.slice(0, 12), layers);
}

begin().catch((problem) => store.set({ phase: "error", problem }));
