/** How tokens are named on the page, and which of them are sinks. */
import { binOf } from "./bins.js";
import { isolated } from "./script.js";

/** Special tokens, and in a decoder the first token too: what swallows attention by habit. */
export const isSink = (token, stack) => token.special || (stack === "decoder" && token.index === 0);

/** Plotly reads markup in labels. */
export const escapeLabel = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const LONGEST_NAME = 24;
const graphemes = new Intl.Segmenter();

/** Cut between characters as a person counts them: a flag or a family is one. */
export function shorten(text, limit) {
  if (text.length <= limit) return text;
  const whole = Array.from(graphemes.segment(text), ({ segment }) => segment);
  return whole.length > limit ? `${whole.slice(0, limit - 1).join("")}…` : text;
}

/** A name for headings and notes: without the mark for a leading space, and no longer than a line. */
export const bareText = ({ text }) => isolated(shorten(text.replace(/^␣(?=.)/, ""), LONGEST_NAME));

/** All that was typed, for what only its script matters. */
export const textOf = ({ request: { text, text_pair: pair } }) => `${text}\n${pair ?? ""}`;

/** Whether the weights were computed elsewhere and brought here. */
export const isGiven = ({ model: { kernel } }) => kernel === "unknown";

export const stackOf = (analysis, name) => analysis.stacks.find((stack) => stack.name === name);

export const layerOf = (analysis, view) =>
  stackOf(analysis, view.stack).layers.find((layer) => layer.index === view.layer);

export const queriesOf = (analysis, stack) => analysis.tokens[stackOf(analysis, stack).queries];
export const keysOf = (analysis, stack) => analysis.tokens[stackOf(analysis, stack).keys];

/** The two texts of a pair along an axis, {name, span: [start, stop)}; none where there is one alone. */
export function segmentsOf(tokens) {
  const border = tokens.findIndex(({ segment }) => segment === 1);
  return border < 1 ? [] : [{ name: "A", span: [0, border] }, { name: "B", span: [border, tokens.length] }];
}

/** Tokens [start, stop) of an axis that a filter between texts leaves; `name` is "a" or "b". */
export const spanOf = (tokens, name) => segmentsOf(tokens)["ab".indexOf(name)]?.span ?? [0, tokens.length];

/** Indices of the first and last token of the word that a token belongs to. */
export function wordSpan(tokens, index) {
  const { word } = tokens[index];
  let [first, last] = [index, index];
  if (word === null) return [first, last];
  while (tokens[first - 1]?.word === word) first -= 1;
  while (tokens[last + 1]?.word === word) last += 1;
  return [first, last];
}

/** Keys that a query of this layer sees, first and last, both included. */
export const keySpan = (layer, query, keys) => (layer.words
  ? spanOfWord(keysSeen, layer, query, layer.words.queries, layer.words.keys) : keysSeen(layer, query, keys));

/** Queries of this layer that see a key, first and last, both included. */
export const querySpan = (layer, key, queries) => (layer.words
  ? spanOfWord(queriesSeeing, layer, key, layer.words.keys, layer.words.queries) : queriesSeeing(layer, key, queries));

/** A word sees, and is seen by, what its tokens do; edges of the words of its own and the other axis (units.js). */
function spanOfWord(tokensFrom, layer, word, own, other) {
  const [first] = tokensFrom(layer, own[word], other.at(-1));
  const [, last] = tokensFrom(layer, own[word + 1] - 1, other.at(-1));
  return [binOf(other, first), binOf(other, last)];
}

function keysSeen({ window: seen, causal }, query, keys) {
  if (seen) return [Math.max(0, query - seen.before), Math.min(keys - 1, query + seen.after)];
  return [0, causal ? Math.min(query, keys - 1) : keys - 1];
}

function queriesSeeing({ window: seen, causal }, key, queries) {
  if (seen) return [Math.max(0, key - seen.after), Math.min(queries - 1, key + seen.before)];
  return [causal ? key : 0, queries - 1];
}

/** 0.7878, 0.0004, and 3e-5 for what would round to nothing. */
export function formatWeight(weight, digits = 4) {
  if (weight === 0) return "0";
  return weight < 0.5 * 10 ** -digits ? weight.toExponential(0) : weight.toFixed(digits);
}
