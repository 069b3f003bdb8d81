/** Copy link, and Save: what is on screen as a picture, a figure, weights, a page, or code that gives it. */
import { byId, h } from "./dom.js";
import { extend, t } from "./i18n.js";
import { figured, headsOn, ofOne, onScreen } from "./onscreen.js";
import { describe } from "./permalink.js";
import { problem } from "./problems.js";
import { rasterised, snapshot } from "./snapshot.js";
import en from "./texts/save.en.js";
import zh from "./texts/save.zh.js";

extend({ en, zh });

const FLASH_MS = 1500;
const CODE = ["python", "http", "curl"];

export function createSave(store, plot, say, onProblem) {
  byId("copy-link").addEventListener("click", async () => {
    await copy(location.href);
    say(t("save.copied"));
  });
  const as = createSaveMenu(store, onProblem);
  const saveAs = (id, fetched) => as(`save-${id}`, async () => {
    const state = store.get();
    download(await fetched(state), nameOf(state, id));
  });

  saveAs("png", async (state) => (state.view === "heatmap" ? snapshot(plot, state)
    : rasterised(await state.weights.file("figure", { ...figured(state), format: "svg" }))));
  saveAs("svg", (state) => state.weights.file("figure", { ...figured(state), format: "svg" }));
  as("save-pdf", () => savePdf(store.get(), say));
  for (const format of ["csv", "json", "npz"]) {
    saveAs(format, (state) => allOrElse((query) => state.weights.file("attention", { ...query, format }), onScreen(state), ofOne(state)));
  }
  saveAs("html", savedPage);
  for (const kind of CODE) {
    as(`copy-${kind}`, async () => {
      const state = store.get();
      const { snippet } = await (state.view === "compare" && state.compared ? import("./compare/snippets.js") : import("./snippets.js"));
      await copy(snippet(kind, state, "guarded" in byId("save-menu").dataset));
      say(t("save.copiedCode"));
      flash(t("save.done"));
    });
  }
  const saveView = () => {
    const view = JSON.stringify({ headscope: 1, ...describe(store.get()) });
    download(new Blob([view], { type: "application/json" }), nameOf(store.get(), "headscope.json"));
  };
  as("save-view", saveView);
  byId("save-state").addEventListener("click", saveView);
}

/** Says on the button of the menu, for a moment, what was done. */
function flash(words) {
  const button = byId("save-menu").querySelector("summary");
  button.textContent = words;
  setTimeout(() => { button.textContent = t("save.save"); }, FLASH_MS);
}

/** A server without a browser to draw a PDF with has this one print the same figure. */
async function savePdf(state, say) {
  const file = (format) => state.weights.file("figure", { ...figured(state), format });
  try {
    download(await file("pdf"), nameOf(state, "pdf"));
  } catch (error) {
    if (error.name !== "not-supported") throw error;
    const { print } = await import("./print.js");
    say(t("save.printing"));
    await print(await file("svg"), t("save.figure"));
  }
}

/** All that was asked for where that fits into an answer, and else less, if there is less. */
async function allOrElse(file, all, less) {
  try {
    return await file(all);
  } catch (error) {
    if (error.name !== "answer-too-large" || !less) throw error;
    return file(less);
  }
}

const savedPage = ({ weights, painted: { view } }) => allOrElse((query) => weights.file("page", query), {}, { layers: view.layer });

/** Returns a function (id, make): a click on that entry closes the menu and makes the file. */
export function createSaveMenu(store, onProblem) {
  const menu = byId("save-menu");
  const close = () => {
    if (menu.querySelector("div").contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  };
  menu.addEventListener("toggle", () => sayWhich(store.get()));
  document.addEventListener("click", (event) => menu.contains(event.target) || close());
  menu.addEventListener("focusout", ({ relatedTarget: to }) => to && !menu.contains(to) && close());
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.preventDefault();
    close();
  });

  return (id, make) => byId(id).addEventListener("click", async () => {
    close();
    try {
      await make();
      onProblem(null);
    } catch (error) {
      onProblem(error);
    }
  });
}

/** Views beside the heatmap are saved as heatmaps, and of which heads stands in the menu. */
function sayWhich(state) {
  const { view, painted, compared } = state;
  const which = byId("save-which");
  which.hidden = view === "heatmap" || !painted;
  if (which.hidden) return;
  const how = ofOne(state) ? "ofMany" : view === "compare" && compared ? "ofA" : "ofOne";
  which.textContent = t(`save.${how}`, t(`head.name.${painted.view.show}`, painted.view.layer, painted.view.head), t(`views.${view}`));
}

/** Without a server there is no figure: the heatmap's own picture is all. */
export async function savePicture(plot, store) {
  if (store.get().view !== "heatmap") throw problem("other-view");
  download(await snapshot(plot, store.get()), nameOf(store.get(), "png"));
}

export function nameOf(state, extension) {
  const { painted: { view }, analysis } = state;
  const { layers, heads, reduce } = headsOn(state);
  const model = analysis.model.id.split("/").at(-1);
  const of = heads === undefined ? (reduce ? `-${view.show}` : "") : `H${String(heads).replaceAll(",", "+")}`;
  const at = layers === undefined ? `layers${reduce ? "" : "-"}` : `L${layers}`;
  return `${model}-${at}${of}.${extension}`;
}

function download(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The clipboard needs a secure origin; a selected field works anywhere. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = h("textarea", { class: "visually-hidden" });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
  return undefined;
}
