/** English words about sets of tokens, and the two directions. */

const number = (n) => n.toLocaleString("en");

export default {
  "sets.direction": "Direction",
  "sets.looks": "Looks at",
  "sets.looked": "Is looked at by",
  "sets.clear": "Clear set",
  "sets.byMouse": "Drag over words, or Shift and arrows, to take several; Ctrl or Cmd adds more.",
  "sets.byTouch": "Hold a word to take all up to it.",
  "sets.how": (queries, keys) => [
    keys > 1 ? `sum over ${number(keys)} keys` : "", queries > 1 ? `mean over ${number(queries)} queries` : "",
  ].filter(Boolean).join(", "),
  "sets.mean": (count) => `mean over its ${number(count)} queries`,
  "sets.sum": (count) => `sum over its ${number(count)} keys`,
  "sets.hidden": (count) => `${number(count)} of them hidden`,
  "sets.both": (query, key, weight) => `“${query}” → “${key}”: ${weight}`,
  "sets.scale": (words, top) => `In every head the ${words}, from 0 to ${top}.`,
  "sets.rank": (rank, heads) => `no. ${rank} of ${heads} heads`,
  "sets.dropped": "The set of words was let go: this text is made of other tokens.",
  "sets.pieces": (most) => `A set has at most ${most} separate pieces; take neighbours together, or let some go.`,
  "sets.place": (count, unit, first, last) => `${number(count)} ${unit === "word" ? "words" : "tokens"}, ${first}–${last}`,
  "sets.spoken": (head, query, key, how, weight) => `${head}, ${query} to ${key}, ${how}: ${weight}`,
  "sets.lines": (drawn, all) => (drawn === all ? `from the ${number(all)} chosen queries` : `from ${number(drawn)} of the ${number(all)} chosen queries, those in sight`),
};
