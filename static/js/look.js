/** The words about an example: those of a lesson are its own, the others are the catalogue's. */
import { knows, local, t } from "./i18n.js";

export const nameOf = ({ id, title }) => (title ? local(title) : t(`example.${id}.name`));

/** What to look at in an example, while the view is the one that it opens; null if there is nothing to say. */
export function lookOf(example, view) {
  if (!example || !isOf(example, view) || (example.show ?? "head") !== view.show) return null;
  if (example.title) return example.note ? local(example.note) : null;
  const key = `example.${example.id}.look`;
  return knows(key) ? t(key, ...example.claims.map((claim) => claim.is ?? claim.at_least)) : null;
}

/** Whether the head that is open is the one of the example, if it names one. */
export const isOf = (example, view) => (example.layer ?? view.layer) === view.layer
  && (example.head ?? view.head) === view.head;
