/**
 * What a head is compared with, as the store and links hold it: JSON of what differs from the open one.
 *
 *   {"layer": 3, "head": 5}            another head of the same text
 *   {"edit": [57, "big", "small"]}     another text: at which character what gives way to what
 *   {"model": "smollm2-135m-q4", "layer": 12, "head": 4}
 *
 * and `order`, by which the heads are listed.
 */
import { stackOf } from "../tokens.js";

export const ORDERS = ["mean_abs", "jsd", "least_mean_abs", "least_jsd"];

const isIndex = (value) => Number.isInteger(value) && value >= 0;

const CHECKS = {
  layer: isIndex,
  head: isIndex,
  model: (value) => typeof value === "string",
  edit: (value) => Array.isArray(value) && value.length === 3 && Number.isInteger(value[0])
    && typeof value[1] === "string" && typeof value[2] === "string",
  order: (value) => ORDERS.includes(value),
};

/** What makes no sense is left out, as is an edit of another text, and the open model as another one. */
export function understand(against, { text, model }) {
  let said = {};
  try {
    said = JSON.parse(against ?? "{}");
  } catch {
    // a link that was cut
  }
  const fields = Object.entries(CHECKS).filter(([name, check]) => check(said[name]));
  const wanted = Object.fromEntries(fields.map(([name]) => [name, said[name]]));
  if (wanted.edit && !text.startsWith(wanted.edit[1], wanted.edit[0])) delete wanted.edit;
  if (wanted.model === model) delete wanted.model;
  return wanted;
}

export const spell = (wanted) => JSON.stringify(wanted);

export const kindOf = ({ model, edit }) => (model === undefined ? (edit ? "text" : "head") : "model");

/** The request that this makes of another. */
export function requestOf(request, { model, edit }) {
  if (model !== undefined) return { ...request, model };
  if (!edit) return request;
  const [start, removed, inserted] = edit;
  return { ...request, text: request.text.slice(0, start) + inserted + request.text.slice(start + removed.length) };
}

/** From one text to another, in whole words. */
export function editOf(before, after) {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let rest = 0;
  const most = Math.min(before.length, after.length) - start;
  while (rest < most && before.at(-1 - rest) === after.at(-1 - rest)) rest += 1;
  while (start > 0 && isLetter(before[start - 1])) start -= 1;
  while (rest > 0 && isLetter(before.at(-rest))) rest -= 1;
  return [start, before.slice(start, before.length - rest), after.slice(start, after.length - rest)];
}

/** Half of a pair of surrogates is part of what it belongs to. */
const isLetter = (unit) => /[\p{L}\p{N}\p{M}\p{Cs}]/u.test(unit);

/** The head of B: what is asked for and there, else the one beside A's, or the same in another text or model. */
export function headOf(other, wanted, { stack: name, layer, head, show }) {
  const stack = stackOf(other, name) ?? other.stacks[0];
  const known = (index) => stack.layers.find((each) => each.index === index);
  const apart = kindOf(wanted) === "head";
  const beside = show === "head" ? known(layer) : known(layer + 1) ?? known(layer - 1);
  const place = known(wanted.layer) ?? (apart ? beside : known(layer)) ?? stack.layers.at(-1);
  const next = apart && show === "head" && wanted.head === undefined ? head + 1 : wanted.head ?? head;
  return { stack: stack.name, layer: place.index, head: next % place.heads };
}
