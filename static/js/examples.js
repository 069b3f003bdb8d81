/**
 * The texts to begin with: a lesson's own, or findings on the chosen model. Both are records of one
 * kind: a request, a view on it, and words about it, which are the lesson's or the catalogue's.
 */
import { byId, h, refill } from "./dom.js";
import findings from "./findings.js";
import { t } from "./i18n.js";
import { isOf, nameOf } from "./look.js";

/** For models whose heads nobody here has measured: only a text that their tokenizer reads. */
const PLAIN = { id: "plain", text: findings[0].text };
const PLAIN_CHINESE = { id: "plainChinese", text: "他把钥匙放在桌子上，然后关上了门。" };

const VIEW = ["stack", "layer", "head", "query", "key", "show", "scale", "sinks"];

export function examplesFor({ lesson, model }) {
  if (lesson) return lesson.texts;
  const own = findings.filter((example) => example.model === model);
  if (own.length) return own;
  return [{ ...(/chinese|zh\b/i.test(model) ? PLAIN_CHINESE : PLAIN), model }];
}

export function createExamples(store, session, compose) {
  function list() {
    const { example, lesson } = store.get();
    byId("examples-label").textContent = t(lesson ? "lesson.texts" : "compose.examples");
    refill(byId("examples"), ...examplesFor(store.get()).map((each) => h("button", {
      type: "button", class: "chip", "aria-pressed": String(example === each),
      onclick: (event) => open(each, event.timeStamp, "push"),
    }, nameOf(each))));
  }

  function open(example, at, history) {
    const { model, text, text_pair = null } = example;
    compose.write({ model, text, text_pair });
    const selection = { ...selectionOf(example), example };
    session.analyse({ model, text, text_pair }, { selection, at, history });
  }

  store.on(["analysis", "layer", "head"], (state) => store.set({ example: exampleOf(state) }));
  store.on(["model", "example", "lesson", "lang"], list);
  return { open };
}

/** The example whose text and head are open, however they were reached; of several the one chosen. */
function exampleOf(state) {
  const { model, text, text_pair: pair } = state.analysis.request;
  const open = examplesFor({ ...state, model }).filter((each) => each.model === model
    && each.text === text && (each.text_pair ?? null) === pair && isOf(each, state));
  return open.find((each) => each === state.example) ?? open[0] ?? null;
}

function selectionOf(example) {
  const given = VIEW.filter((name) => example[name] !== undefined);
  return { show: "head", sinks: "off", unit: "token", ...Object.fromEntries(given.map((name) => [name, example[name]])) };
}
