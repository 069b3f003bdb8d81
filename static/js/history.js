/** What this browser remembers: the texts that were analysed last, and views saved under a name. */
import { forget, keep, recall } from "./kept.js";

const RECENT = "headscope:recent";
const SAVED = "headscope:saved";
const OFF = "headscope:forgetful";
const MOST = 20;
/** Browsers give a page some five million characters for everything. */
const MOST_CHARACTERS = 500_000;

/** What is damaged is left out. */
function read(key, isWhole) {
  try {
    return JSON.parse(recall(key) ?? "[]").filter(isWhole);
  } catch {
    return [];
  }
}

const isRequest = (each) => typeof each?.model === "string" && typeof each.text === "string";
const write = (key, list) => keep(key, JSON.stringify(list));

export const recent = () => read(RECENT, isRequest);
export const clearRecent = () => forget(RECENT);

/** Newest first, equal ones once; a request as the API has it. */
export function remember({ model, text, text_pair: pair, truncate }) {
  if (!remembers()) return;
  const entry = { model, text, text_pair: pair, truncate };
  const same = (other) => JSON.stringify(other) === JSON.stringify(entry);
  if (JSON.stringify(entry).length > MOST_CHARACTERS) return;
  const list = [entry, ...recent().filter((other) => !same(other))].slice(0, MOST);
  while (JSON.stringify(list).length > MOST_CHARACTERS) list.pop();
  write(RECENT, list);
}

let remembering = recall(OFF) === null;

export const remembers = () => remembering;

export function setRemembers(on) {
  remembering = on;
  if (on) {
    forget(OFF);
    return;
  }
  keep(OFF, "1");
  clearRecent();
}

/** Views [{name, view}], `view` as a link says it; in the order they were saved. */
export const saved = () => read(SAVED, (each) => typeof each?.name === "string" && isRequest(each.view));

/** Whether it could be kept. */
export function save(name, view) {
  write(SAVED, [...saved(), { name, view }]);
  return JSON.stringify(saved().at(-1)?.view) === JSON.stringify(view);
}

export const rename = (index, name) => write(SAVED, saved().map((each, i) => (i === index ? { ...each, name } : each)));
export const remove = (index) => write(SAVED, saved().filter((_, i) => i !== index));
