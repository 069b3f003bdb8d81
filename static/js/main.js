/** Builds the page: one store, one source of numbers, and the views on them. */
import { createAnother } from "./another.js";
import { followConnection } from "./api.js";
import { createCompose } from "./compose.js";
import { createHttpSource } from "./datasource.js";
import { byId } from "./dom.js";
import { createExamples, examplesFor } from "./examples.js";
import { acceptFiles } from "./files.js";
import { followLanguage, initialLanguage, t } from "./i18n.js";
import { createLesson } from "./lesson.js";
import { followHistory, readLink } from "./permalink.js";
import { createPicker } from "./picker.js";
import { createProgress } from "./progress.js";
import { loadPlotly } from "./plot.js";
import { showProblem } from "./problems.js";
import { createSave } from "./save.js";
import { createSession } from "./session.js";
import { createShelf } from "./shelf.js";
import { createShortcuts } from "./shortcuts.js";
import { createStore } from "./store.js";
import { followTheme, initialTheme } from "./theme.js";
import { createUnread } from "./unread.js";
import { createViews } from "./views.js";

const store = createStore({ lang: initialLanguage(), theme: initialTheme() });
followTheme(store, byId("theme"));
followLanguage(store, byId("lang"));

const source = createHttpSource(new URL("api/v1/", document.baseURI));
const session = createSession(store, source);
const problemAt = (id) => (error, retry) =>
  showProblem(byId(id), error, retry ? [[t("problem.retry"), retry]] : []);

const picker = createPicker(store, source);
createAnother(store, source);
createProgress(store, source, picker.update);
followConnection((lost) => {
  byId("connection").hidden = !lost;
});
const compose = createCompose(store, session, source);
createLesson(store);
const examples = createExamples(store, session, compose);
const { plot, say } = createViews(store, session, problemAt);
createSave(store, plot, say, problemAt("head-problem"));
createShortcuts(store, session, say);
createUnread(store, source);

const onUnreadable = (unreadable) => {
  byId("link-unreadable").hidden = !unreadable;
};

/** Opens what a link, a file or Back says; what is analysed already is only selected anew. */
function open(link, history) {
  if (!link) return;
  const { request, selection } = link;
  compose.write(request);
  const now = store.get().analysis?.request;
  const held = now && store.get().phase === "ready"
    && ["model", "text", "text_pair", "truncate"].every((name) => request[name] === now[name]);
  if (held) session.select(selection, history);
  else session.analyse(request, { selection, history });
}

followHistory(store, {
  open: (link) => open(link, "none"),
  onTooLong: (tooLong) => {
    byId("link-too-long").hidden = !tooLong;
    byId("copy-link").disabled = tooLong;
  },
  onUnreadable,
});
acceptFiles({
  openView: (link) => open(link, "push"),
  openText: compose.writeText,
  onProblem: problemAt("text-problem"),
});
createShelf(store, (link) => open(link, "push"));

async function begin() {
  loadPlotly().catch(() => {}); // asked for early; who draws asks again, and says it where it fails
  const [{ models: listed, any: anyModel }, lesson, link] = await Promise.all([source.models(), source.lesson(), readLink(onUnreadable)]);
  const models = await withLinked(listed, anyModel && link?.request.model);
  const first = models.find(({ status }) => status === "ready") ?? models[0];
  const known = models.some(({ id }) => id === link?.request.model);
  store.set({ models, anyModel, lesson, model: known ? link.request.model : first.id });
  if (link) open(link, "replace");
  else examples.open(examplesFor(store.get())[lesson ? lesson.opening - 1 : 0], 0, "replace");
}

/** A link may name a model that is not in the list, where the server offers all of the Hub. */
async function withLinked(models, id) {
  if (!id || models.some((each) => each.id === id)) return models;
  return source.model(id).then((model) => [...models, model], () => models);
}

begin().catch((error) => store.set({ phase: "error", problem: error }));
