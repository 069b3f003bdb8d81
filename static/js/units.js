/**
 * Words instead of tokens: a run whose positions are words, and places of one unit in the other.
 *
 * A word looks like a token to every view, and knows its `tokens` [start, stop). A layer knows the edges of
 * the `words` of both its axes, since what its mask allows is counted in tokens (tokens.js).
 */
import { binOf } from "./bins.js";
import { stackOf } from "./tokens.js";

/** The document of an analysis with words for tokens. */
export function inWords(document) {
  const [tokens, edges] = [{}, {}];
  for (const [axis, words] of Object.entries(document.words)) {
    tokens[axis] = words.map(namer(document, axis));
    edges[axis] = edgesOf(document, axis, "word");
  }
  const layersOf = ({ layers, queries, keys }) =>
    layers.map((layer) => ({ ...layer, words: { queries: edges[queries], keys: edges[keys] } }));
  return { ...document, tokens, stacks: document.stacks.map((stack) => ({ ...stack, layers: layersOf(stack) })) };
}

/** Characters of the texts that the tokens of an axis count in. */
export function segmentsOf({ request: { text, text_pair: pair, target } }, axis) {
  return (axis === "input" ? [text, pair ?? ""] : [target ?? ""]).map((each) => Array.from(each));
}

/** Makes a word of its tokens [start, stop): its text is what stands in the input, without white space around. */
export function namer(document, axis) {
  const { tokens } = document;
  const segments = segmentsOf(document, axis);
  return ([from, to], index) => {
    const own = tokens[axis].slice(from, to);
    const { special, segment, added, word, start } = own[0];
    const unknown = own.some((token) => token.unknown);
    const piece = segments[segment].slice(start, own.at(-1).end).join("");
    const bare = piece.trim();
    const begin = start + (bare ? piece.search(/\S/) : 0);
    return {
      index, word, special, added, segment, unknown, tokens: [from, to],
      start: begin, end: begin + Array.from(bare || piece).length,
      text: word === null || !bare ? own.map((token) => token.text).join("") : spell(bare),
    };
  };
}

const MARKS = { " ": "␣", "\n": "↵", "\r": "␍", "\t": "⇥" };
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Z}]/gu;
const JOINER = /[\u200c\u200d]/;
const MORE = /[^\u200c\u200d]/;

/** Nothing invisible, by the rules of the labels of tokens (app/engine/labels.py). */
function spell(text) {
  const named = (char) => `<U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}>`;
  const spelled = text.replace(INVISIBLE, (char) => MARKS[char] ?? (JOINER.test(char) && MORE.test(text) ? char : named(char)));
  return /^\p{M}/u.test(text) ? `◌${spelled}` : spelled;
}

/** Edges of the positions of an axis, in tokens: position i holds those from edges[i] to edges[i + 1]. */
export function edgesOf({ tokens, words }, axis, unit) {
  const { length } = tokens[axis];
  const starts = unit === "word" ? words[axis].map(([start]) => start) : Array.from({ length }, (_, i) => i);
  return Uint32Array.from([...starts, length]);
}

/** What is selected in a run that is read in one unit, for the same run in another: words for tokens, or their first tokens. */
export function selectedIn({ document, stack, query, key, zoom, querySet, keySet }, before, now) {
  const { queries, keys } = stackOf(document, stack);
  const [down, across] = [queries, keys].map((axis) => [before, now].map((unit) => edgesOf(document, axis, unit)));
  return {
    query: held(query, ...down),
    key: held(key, ...across),
    zoom: zoom && zoom.split(",").map((span, i) => windowOf(span, ...[down, across][i])).join(),
    querySet: querySet && rangesOf(querySet, ...down),
    keySet: keySet && rangesOf(keySet, ...across),
  };
}

const held = (index, from, to) => binOf(to, from[index]);

const numbersOf = (span) => span.split(":").map(Number);

/** A window "start:stop", whose ends may lie within a position. */
function windowOf(span, from, to) {
  const moved = (at) => inside(to, tokenAt(from, at));
  return numbersOf(span).map((at) => Math.round(100 * moved(at)) / 100).join(":");
}

function tokenAt(edges, at) {
  const i = Math.min(Math.floor(at), edges.length - 2);
  return edges[i] + (at - i) * (edges[i + 1] - edges[i]);
}

function inside(edges, token) {
  const i = binOf(edges, token);
  return i + (token - edges[i]) / (edges[i + 1] - edges[i]);
}

/** Ranges "start:stop,start:stop" of whole positions. */
const rangesOf = (ranges, from, to) => ranges.split(",").map((range) => {
  const [start, stop] = numbersOf(range);
  return `${held(start, from, to)}:${binOf(to, from[stop] - 1) + 1}`;
}).join();
