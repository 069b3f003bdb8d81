/**
 * How the attention of an analysis is read: which keys are hidden, what is left in sight, in which unit. A lens
 * is part of what views ask, so that they show the same numbers; a view that reads otherwise says so.
 */
import { isSink } from "./tokens.js";
import { inWords } from "./units.js";

/** Fields of the store that change what a weight is; others only change how it is drawn. */
export const LENS = ["unit", "keep", "between"];

/** Keys that the page calls sinks (tokens.js), in the words of the API. */
export const sinksOf = (stack) => (stack === "decoder" ? "special,first" : "special");

/** Whether these sinks are taken out of what is read, and not only off the scale. */
export const isHiding = (sinks) => sinks === "hidden" || sinks === "renormalised";

/** A selection of attention as the model has it, whatever a link leaves in sight; places of words are none of tokens. */
export function plainly(selection) {
  const { query, key, ...rest } = selection;
  const plain = { unit: "token", keep: null, between: null, ...(isHiding(selection.sinks) && { sinks: "off" }) };
  return { ...(selection.unit === "word" ? rest : selection), ...plain };
}

/** Whether all of a key is taken out: of a word that begins with the first token the rest is still there. */
export function isGone(sinks, token, stack) {
  const [start, stop] = token.tokens ?? [0, 1];
  return isHiding(sinks) && isSink(token, stack) && stop - start === 1;
}

/** Whether a key is off the scale, or taken out. */
export const isOff = (sinks, token, stack) =>
  (isHiding(sinks) ? isGone(sinks, token, stack) : sinks === "off" && isSink(token, stack));

/** How the numbers at hand treat the sinks: until those of another lens are there, as they were read. */
export function sinksIn({ sinks, weights }) {
  if (isHiding(weights?.lens.sinks)) return weights.lens.sinks;
  return isHiding(sinks) ? "off" : sinks;
}

/** The fields by which attention is read, without the rest of the state. */
export const lensIn = ({ sinks, unit, keep, between }) => ({ sinks, unit, keep, between });

/** Parameters of the API by which sinks are hidden: all of a lens that measures of heads (measures.js) know. */
export const hidingOf = ({ sinks }, stack) => ({
  ...(isHiding(sinks) && { hide: sinksOf(stack) }),
  ...(sinks === "renormalised" && { renormalise: true }),
});

/** Parameters of the API that the lens of this state adds to a question about a stack. */
export function lensOf({ sinks, unit, keep, between }, stack) {
  return {
    ...hidingOf({ sinks }, stack),
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

/** Whether weights are read as the model has them. */
export const isPlain = (read) => !Object.keys(lensOf(read, "")).length;

/** The analysis as the views read it, anew each time: its own document, or one whose tokens are words. */
export const readIn = (document, { unit }) => (unit === "word" ? inWords(document) : { ...document });
