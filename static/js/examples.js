/**
 * Texts to begin with, by model. Where one names a head, the weight was measured on the model's own
 * weights (tests/browser/test_examples.py holds them); names and hints are in the catalogues.
 */
import { byId, h, refill } from "./dom.js";
import { t } from "./i18n.js";

const KEYS = "The keys to the cabinet are on the table.";

const EXAMPLES = [
  { id: "keys", model: "minilm-l6", text: KEYS, layer: 3, head: 1, query: 6, key: 2 },
  {
    id: "trophy", model: "minilm-l6", layer: 3, head: 1, query: 10, key: 2,
    text: "The trophy does not fit in the suitcase because it is too small.",
  },
  { id: "previous", model: "minilm-l6", text: KEYS, layer: 0, head: 2, query: 5, key: 4 },
  { id: "sink", model: "minilm-l6", text: KEYS, layer: 4, head: 5, query: 6, key: 0, sinks: "shown" },
  {
    id: "pair", model: "minilm-l6", layer: 2, head: 9, query: 12, key: 6,
    text: "How do I reset my password?", text_pair: "I forgot my password and cannot log in.",
  },
  {
    id: "induction", model: "smollm2-135m-q4", layer: 17, head: 5, query: 15, key: 4,
    text: "Zarbo met Quinlix at the harbour. Then Zarbo met Quinlix at the market.",
  },
  {
    id: "decoderPrevious", model: "smollm2-135m-q4", layer: 16, head: 0, query: 5, key: 4,
    text: "The committee met on Tuesday to discuss the budget.",
  },
  {
    id: "first", model: "smollm2-135m-q4", layer: 18, head: 8, query: 8, key: 0, sinks: "shown",
    text: "The committee met on Tuesday to discuss the budget.",
  },
];

/** For models whose heads nobody here has measured: only a text that their tokenizer reads. */
const PLAIN = { id: "plain", text: KEYS };
const PLAIN_CHINESE = { id: "plainChinese", text: "他把钥匙放在桌子上，然后关上了门。" };

export function examplesFor(model) {
  const own = EXAMPLES.filter((example) => example.model === model);
  if (own.length) return own;
  return [{ ...(/chinese|zh\b/i.test(model) ? PLAIN_CHINESE : PLAIN), model }];
}

export function createExamples(store, session, compose) {
  function list() {
    const { model, example } = store.get();
    refill(byId("examples"), ...examplesFor(model).map((each) => h("button", {
      type: "button", class: "chip", "aria-pressed": String(example?.id === each.id),
      onclick: (event) => open(each, event.timeStamp, "push"),
    }, t(`example.${each.id}.name`))));
  }

  function open(example, at, history) {
    const { model, text, text_pair = null } = example;
    compose.write({ model, text, text_pair });
    session.analyse({ model, text, text_pair }, { selection: selectionOf(example), at, history });
  }

  store.on(["analysis", "layer", "head"], (state) => store.set({ example: exampleOf(state) }));
  store.on(["model", "example", "lang"], list);
  return { open };
}

/** The example whose text and head are open, however they were reached. */
function exampleOf({ analysis, layer, head }) {
  const { model, text, text_pair: pair } = analysis.request;
  return examplesFor(model).find((each) => each.text === text && (each.text_pair ?? null) === pair
    && (each.layer ?? layer) === layer && (each.head ?? head) === head) ?? null;
}

function selectionOf({ layer, head, query, key, sinks = "off" }) {
  return layer === undefined ? {} : { layer, head, query, key, sinks, show: "head" };
}
