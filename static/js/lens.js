/**
 * How the attention of an analysis is read: which keys are hidden, what is left in sight, in which unit. A lens
 * is part of every question that a view asks, so that all of them show the same numbers.
 */
import { inWords } from "./units.js";

/** Fields of the store that change what a weight is; others only change how it is drawn. */
export const LENS = ["unit", "keep", "between"];

/** Attention as the model has it, token by token. */
const PLAIN = { sinks: "off", unit: "token", keep: null, between: null };

/** A selection for who reads it so, whatever else it names; places of words are none of tokens. */
export function plainly(selection) {
  const { query, key, ...rest } = selection;
  return { ...(selection.unit === "word" ? rest : selection), ...PLAIN };
}

/** Keys that the page calls sinks (tokens.js), in the words of the API. */
export const sinksOf = (stack) => (stack === "decoder" ? "special,first" : "special");

/** The fields by which attention is read, without the rest of the state. */
export const lensIn = ({ sinks, unit, keep, between }) => ({ sinks, unit, keep, between });

/** Parameters of the API that the lens of this state adds to a question about a stack. */
export function lensOf({ sinks, unit, keep, between }, stack) {
  return {
    ...(["hidden", "renormalised"].includes(sinks) && { hide: sinksOf(stack) }),
    ...(sinks === "renormalised" && { renormalise: true }),
    ...unitOf({ unit }),
    ...(keep && { keep }),
    ...(between && { between }),
  };
}

/** The same fields as this analysis can be read: without a second text nothing lies between two. */
export const possible = (document, read) => (hasPair(document) ? read : { ...read, between: null });

const hasPair = ({ tokens }) => tokens.input.some(({ segment }) => segment === 1);

/** In which unit positions count, as the API has it. */
export const unitOf = ({ unit }) => (unit === "word" ? { unit } : {});

/** Whether a change of these fields makes other numbers. */
export const isAnother = (before, now) => JSON.stringify(lensOf(before, "")) !== JSON.stringify(lensOf(now, ""));

/** The analysis as the views read it, anew each time: its own document, or one whose tokens are words. */
export const readIn = (document, { unit }) => (unit === "word" ? inWords(document) : { ...document });
