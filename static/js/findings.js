/**
 * What the heads of the packaged models do on a text: examples that open there, each with what it
 * claims. tests/engine/test_examples.py reads this very list (it is JSON) and measures each claim
 * on the real weights; the sentences in the catalogues take their numbers from it, in this order.
 */
export default [
  {
    "id": "keys", "model": "minilm-l6", "layer": 3, "head": 1, "query": 6, "key": 2,
    "text": "The keys to the cabinet are on the table.",
    "claims": [
      {"kind": "weight", "query": 6, "key": 2, "is": "0.788"},
      {"kind": "weight", "query": 6, "key": 5, "is": "0.035"},
      {"kind": "subject-before-other", "is": "24"}
    ]
  },
  {
    "id": "pronoun", "model": "minilm-l6", "layer": 1, "head": 3, "query": 10, "key": 1,
    "text": "Anna saw Peter in the park and waved because she was happy.",
    "claims": [
      {"kind": "weight", "query": 10, "key": 1, "is": "0.411"},
      {"kind": "weight", "query": 10, "key": 3, "is": "0.066"},
      {"kind": "pronoun-right", "is": "11"}
    ]
  },
  {
    "id": "trophy", "model": "minilm-l6", "layer": 3, "head": 1, "query": 10, "key": 2,
    "text": "The trophy does not fit in the suitcase because it is too small.",
    "claims": [
      {"kind": "weight", "query": 10, "key": 2, "is": "0.656"},
      {
        "kind": "weight", "query": 10, "key": 2, "is": "0.614",
        "text": "The trophy does not fit in the suitcase because it is too big."
      }
    ]
  },
  {
    "id": "previous", "model": "minilm-l6", "layer": 0, "head": 2, "query": 5, "key": 4,
    "text": "The keys to the cabinet are on the table.",
    "claims": [{"kind": "previous-token-least", "at_least": "0.999"}]
  },
  {
    "id": "sink", "model": "minilm-l6", "layer": 4, "head": 5, "query": 6, "key": 0, "sinks": "shown",
    "text": "The keys to the cabinet are on the table.",
    "claims": [
      {"kind": "first-token", "is": "0.91"},
      {"kind": "first-token-elsewhere-least", "at_least": "0.73"}
    ]
  },
  {
    "id": "stops", "model": "minilm-l6", "layer": 3, "head": 11, "query": 5, "key": 10,
    "text": "The committee met on Tuesday to discuss the budget.",
    "claims": [
      {"kind": "punctuation", "is": "0.58"},
      {"kind": "punctuation-elsewhere", "is": "0.40"},
      {"kind": "punctuation-elsewhere-least", "is": "0.18"}
    ]
  },
  {
    "id": "pair", "model": "minilm-l6", "layer": 2, "head": 9, "query": 12, "key": 6,
    "text": "How do I reset my password?", "text_pair": "I forgot my password and cannot log in.",
    "claims": [{"kind": "weight", "query": 12, "key": 6, "is": "0.633"}]
  },
  {
    "id": "induction", "model": "smollm2-135m-q4", "layer": 17, "head": 5, "query": 15, "key": 4,
    "text": "Zarbo met Quinlix at the harbour. Then Zarbo met Quinlix at the market.",
    "claims": [
      {"kind": "weight", "query": 15, "key": 4, "is": "0.849"},
      {"kind": "repetition-elsewhere", "is": "0.82"},
      {"kind": "repetition-elsewhere-least", "at_least": "0.76"}
    ]
  },
  {
    "id": "subject", "model": "smollm2-135m-q4", "layer": 26, "head": 0, "query": 4, "key": 1,
    "text": "The keys to the cabinet are on the table.",
    "claims": [
      {"kind": "weight", "query": 4, "key": 1, "is": "0.734"},
      {"kind": "weight", "query": 4, "key": 4, "is": "0.056"},
      {"kind": "subject-before-other", "ahead": 1, "is": "24"}
    ]
  },
  {
    "id": "decoderPrevious", "model": "smollm2-135m-q4", "layer": 16, "head": 0, "query": 5, "key": 4,
    "text": "The committee met on Tuesday to discuss the budget.",
    "claims": [
      {"kind": "previous-token", "is": "0.77"},
      {"kind": "previous-token-elsewhere-least", "at_least": "0.72"},
      {"kind": "weight", "query": 5, "key": 4, "is": "0.830"}
    ]
  },
  {
    "id": "first", "model": "smollm2-135m-q4", "layer": 18, "head": 8, "query": 8, "key": 0,
    "sinks": "shown", "text": "The committee met on Tuesday to discuss the budget.",
    "claims": [{"kind": "first-token-least", "at_least": "0.9999"}]
  },
  {
    "id": "commas", "model": "smollm2-135m-q4", "layer": 1, "head": 1, "query": 4, "key": 3,
    "text": "She bought bread, milk and a small red lamp, but forgot the cheese.",
    "claims": [
      {"kind": "punctuation", "is": "0.60"},
      {"kind": "punctuation-elsewhere-least", "at_least": "0.41"}
    ]
  }
];
