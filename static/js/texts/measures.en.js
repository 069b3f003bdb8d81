/** Measures of heads, and the heads sorted by them: English. */
const number = (n) => n.toLocaleString("en");

export default {
  "sort.by": "Sort by",
  "sort.own": "layer and head",
  "sort.entropy": "entropy, lowest first",
  "sort.distance": "distance, nearest first",
  "sort.sinks": "sinks’ share, largest first",
  "sort.pair": "weight of the chosen pair, largest first",
  "sort.note.entropy": "mean entropy of a row, in bits",
  "sort.note.distance": "mean distance from query to key, in tokens",
  "sort.note.sinks": "share of the weight that special tokens (in a decoder also the first token) take",
  "sort.note.pair": "weight of the chosen pair",
  "sort.label": (by) => `All heads, sorted by ${by}. Arrow keys choose a head.`,
  "sort.title": (what, value) => `${what}: ${value}`,
  "sort.measuring": (done, layers) => `measured ${done} of ${layers} layers`,
  "sort.failed": "The heads could not be measured. Choose the order again.",

  "overview.hidden": " Sinks are hidden.",
  "overview.renormalised": " Sinks are hidden, rows renormalised.",
  "column.hidden": "hidden as a key: who looks at it is not told",

  "goes.before": "Where its weight goes",
  "goes.title": (head) => `Where the weight of ${head} goes`,
  "goes.specialFirst": (text) => `${text} (first)`,
  "goes.first": "the first token",
  "goes.punctuation": "punctuation",
  "goes.itself": "the token itself",
  "goes.sinkMass": "the head’s sink, no key",
  "goes.entropy": "entropy",
  "goes.bits": (bits, keys) => `${bits.toFixed(2)} bits ≈ ${keys.toFixed(1)} equal keys`,
  "goes.distance": "distance",
  "goes.tokens": (tokens) => `${tokens.toFixed(1)} tokens on average`,
  "goes.all": "means over all queries; the shares may overlap",
  "goes.sampled": (rows, all) => `means over ${number(rows)} of ${number(all)} queries, evenly spread`,
  "goes.byTokens": "measured by tokens, not by words",
  "goes.unfiltered": "of all weights, with those that are filtered",
  "goes.failed": "The head could not be measured. Choose it again.",

  "numbers.entropy": "Entropy, bits",
  "numbers.distance": "Distance, tokens",
  "numbers.pair": "Chosen pair",
};
