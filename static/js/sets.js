/**
 * Several queries or several keys taken as one, as ranges ("3:5,7:8"): the mean over the queries, the sum over the keys,
 * as a word is of its tokens.
 */
import { isGone } from "./lens.js";
import { countOf, isIn, placesIn, rangesOf, spansIn } from "./ranges.js";
import { isolated } from "./script.js";
import { bareText, keysOf, queriesOf, shorten } from "./tokens.js";
import { extend, t } from "./i18n.js";
import en from "./texts/sets.en.js";
import zh from "./texts/sets.zh.js";

extend({ en, zh });

const LONGEST_NAME = 32;

/** The field of the store that holds the set of a side. */
export const SET_OF = { query: "querySet", key: "keySet" };

/** What is chosen of a side, as ranges: its set, or the one token. */
export const chosen = (state, side) => state[SET_OF[side]] ?? `${state[side]}:${state[side] + 1}`;

export const hasSet = ({ querySet, keySet }) => Boolean(querySet || keySet);

/** The side whose words are chosen in the text: those that look, or those that are looked at. */
export const subjectSide = ({ direction }) => sideOf(direction);

/** What the text is about, as ranges: one word or several. */
export const subjectOf = (state) => chosen(state, subjectSide(state));

/** Whether queries and keys stand in a text of their own. */
export const isCross = ({ analysis, stack }) => queriesOf(analysis, stack) !== keysOf(analysis, stack);

/** The side whose words the text shows, as far as that makes a difference: those that are shaded. */
export const textSide = (state) => (isCross(state) === (subjectSide(state) === "query") ? "key" : "query");

/** What a direction is about: where a word looks and who looks at it, in cross-attention at the key. */
export const aboutOf = (state, direction) => (isCross(state) ? chosen(state, sideOf(direction)) : subjectOf(state));

/** The side of which that is. */
export const aboutSide = (state, direction) => (isCross(state) ? sideOf(direction) : subjectSide(state));

/** The side that a direction is about. */
export const sideOf = (direction) => (direction === "looks" ? "query" : "key");

/** Whether the lens takes out all that is looked at. */
export const isPairGone = ({ analysis, weights, stack, ...state }) => placesIn(chosen(state, "key"))
  .every((key) => isGone(weights.lens.sinks, keysOf(analysis, stack)[key], stack));

export const tokensOf = ({ analysis, stack }, side) => (side === "query" ? queriesOf : keysOf)(analysis, stack);

/** The sets that a selection names as far as they are there, each with the token of it that stands for all. */
export function fitting(selection, lengths) {
  const fields = {};
  for (const [side, name] of Object.entries(SET_OF)) {
    const places = selection[name] ? placesOf(selection[name], lengths[side]) : [];
    fields[name] = rangesOf(places);
    if (fields[name] && !places.includes(selection[side])) fields[side] = places[0];
  }
  return fields;
}

/** Nothing, unless all of the ranges hold something of an axis of this length. */
function placesOf(ranges, length) {
  const isThere = spansIn(ranges).every(([start, stop]) => start < stop && stop <= length);
  return isThere ? placesIn(ranges) : [];
}

/** The words of a side for headings: “The keys, table”. */
export function nameOf(state, side, ranges = chosen(state, side)) {
  const tokens = tokensOf(state, side);
  const [[first, stop]] = spansIn(ranges);
  if (ranges === `${first}:${first + 1}` && stop === first + 1) return bareText(tokens[first]);
  const pieces = spansIn(ranges).map(([start, end]) => tokens.slice(start, end)
    .map(({ text }) => text.replace(/^␣(?=.)/, "")).join(" ").replaceAll(" ##", ""));
  return isolated(shorten(pieces.join(", "), LONGEST_NAME));
}

/** "mean over 3 queries of the sum over 2 keys", or less where a side is one token; empty where both are. */
export function setWords(state, sides) {
  const [queries, keys] = ["query", "key"].map((side) => countOf(sides?.[side] ?? chosen(state, side)));
  if (queries * keys === 1) return "";
  return [t("sets.how", queries, keys, state.weights.lens.unit), hiddenWords(state, sides)].filter(Boolean).join(t("comma"));
}

/** How many keys of the set are taken out of what is read. */
function hiddenWords({ analysis, weights, stack, ...state }, sides) {
  const keys = keysOf(analysis, stack);
  const ranges = sides?.key ?? chosen(state, "key");
  const gone = keys.filter((token) => isIn(ranges, token.index) && isGone(weights.lens.sinks, token, stack)).length;
  return gone && countOf(ranges) > 1 ? t("sets.hidden", gone) : "";
}
