/** Builds Learn: the same store, session, link and source of numbers as the main page, other views. */
import { followConnection } from "../api.js";
import { createHttpSource } from "../datasource.js";
import { byId } from "../dom.js";
import { extend, followLanguage, initialLanguage, t } from "../i18n.js";
import { plainly } from "../lens.js";
import { createOverview } from "../overview.js";
import { followHistory, readLink } from "../permalink.js";
import { createPicker, isRemote } from "../picker.js";
import { placeOfProblem, showProblem } from "../problems.js";
import { createSession } from "../session.js";
import { createStore } from "../store.js";
import { followTheme, initialTheme } from "../theme.js";
import en from "../texts/learn.en.js";
import zh from "../texts/learn.zh.js";
import { createChoices } from "./choices.js";
import { followContents } from "./contents.js";
import { createCost } from "./cost.js";
import { createFacts } from "./facts.js";
import { createHeads } from "./heads.js";
import { createSteps } from "./steps.js";

const OPENING = {
  request: { model: "minilm-l6", text: "The keys to the cabinet are on the table.", text_pair: null, truncate: false },
  selection: { layer: 3, head: 1, query: 6, key: 2 },
};

extend({ en, zh });
const store = createStore({ lang: initialLanguage(), theme: initialTheme(), facts: null, factsProblem: null });
followTheme(store, byId("theme"));
followLanguage(store, byId("lang"));
followContents();

const source = createHttpSource(new URL("api/v1/", document.baseURI));
followConnection((lost) => {
  byId("connection").hidden = !lost;
});
const session = createSession(store, source);
createPicker(store, source);
const facts = createFacts(store, session);
createChoices(store, session);
createSteps(store, { retry: facts.refresh, openOn: (model) => store.set({ model }) });
createOverview(byId("overview"), store, session);
createHeads(store);
createCost(store, source);

/** The steps are those of the model itself: what a link hides, filters or reads in words is there again. */
const open = ({ request, selection }, history) => session.analyse(request, { selection: plainly(selection), history });

store.on(["phase", "problem", "lang"], ({ phase, problem, analysis }) => {
  document.documentElement.dataset.state = phase;
  const place = problem && placeOfProblem(problem);
  for (const name of ["model", "text"]) {
    showProblem(byId(`${name}-problem`), place === name ? problem : null, [[t("problem.retry"), retry]]);
  }
  if (!problem && phase === "working" && !analysis) byId("result").textContent = t("learn.text.working");
});

let asked = null;
function retry() {
  if (asked) session.analyse({ ...asked, model: store.get().model, text: byId("words").value }, { history: "push" });
  else begin();
}

store.on(["model"], ({ model }) => {
  if (asked && asked.model !== model) retry();
});
store.on(["phase"], ({ phase, model }) => {
  if (phase === "working") asked = { model, text_pair: null, truncate: false };
});

followHistory(store, {
  open(link) {
    if (!link) return;
    write(link);
    open(link, "none");
  },
  onTooLong: () => {},
});

function write({ request }) {
  byId("words").value = request.text;
  asked = request;
  store.set({ model: request.model });
}

async function begin() {
  try {
    const [{ models: offered }, link] = await Promise.all([source.models(), readLink()]);
    const models = offered.filter((model) => !isRemote(model) && model.status !== "failed");
    const known = models.some(({ id }) => id === link?.request.model);
    const first = models.find(({ id }) => id === OPENING.request.model) ?? models[0];
    const chosen = link ?? { ...OPENING, request: { ...OPENING.request, model: first.id } };
    const request = { ...chosen.request, model: known ? chosen.request.model : first.id };
    store.set({ models });
    write({ request });
    await open({ request, selection: chosen.selection }, "replace");
  } catch (error) {
    store.set({ phase: "error", problem: error });
  }
}

begin();
