/** Find words in the text and go to them in the picture, as query rows or as key columns. */
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { strongestPair } from "./partner.js";
import { settle } from "./timing.js";
import { keysOf, queriesOf } from "./tokens.js";

const TYPING_MS = 120;

export function createFind(store, plot) {
  const field = byId("find-text");
  const as = byId("find-as");
  let found = [];
  let at = -1;
  let searched = "";

  const tokens = () => {
    const { analysis, stack } = store.get();
    return (as.value === "query" ? queriesOf : keysOf)(analysis, stack);
  };

  function search() {
    const { analysis } = store.get();
    if (!analysis) return;
    searched = field.value;
    found = field.value ? placesOf(field.value, tokens(), analysis.request) : [];
    at = -1;
    say();
  }

  function say() {
    const empty = field.value ? t("find.none") : "";
    byId("find-count").textContent = found.length ? t("find.count", at + 1, found.length) : empty;
    field.setAttribute("aria-invalid", String(Boolean(empty) && !found.length));
    for (const id of ["find-before", "find-after"]) byId(id).setAttribute("aria-disabled", String(!found.length));
  }

  /** The next or the one before; the first time, the one behind the selection. */
  async function step(by) {
    if (!found.length) return;
    const here = store.get()[as.value];
    const first = by > 0 ? found.findIndex((index) => index >= here) : found.findLastIndex((index) => index <= here);
    at = at < 0 ? Math.max(0, first) : (at + by + found.length) % found.length;
    say();
    const [asked, { weights }] = [found[at], store.get()];
    const place = await strongestPair(asked, as.value, store.get()).catch(() => null);
    if (store.get().weights !== weights || found[at] !== asked) return;
    if (!place) {
      at = -1;
      byId("find-count").textContent = t("find.failed");
      return;
    }
    store.set({ ...place, hoverHead: null, hoverCell: null }, { history: "push" });
    plot.focus(place);
  }

  /** Who pressed Enter at once has searched already, and may be at the first of them. */
  const searchSoon = settle(TYPING_MS, () => field.value === searched || search());
  field.addEventListener("input", searchSoon);
  as.addEventListener("change", search);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (field.value !== searched) search();
    step(event.shiftKey ? -1 : 1);
  });
  byId("find").addEventListener("submit", (event) => {
    event.preventDefault();
    step(1);
  });
  byId("find-before").addEventListener("click", () => step(-1));
  store.on(["analysis"], search);
  store.on(["lang"], say);
  say();
}

/** Indices of the tokens in which the words begin, in either case. */
export function placesOf(words, tokens, { text, text_pair: pair }) {
  const needle = letters(words);
  const texts = [text, pair ?? ""].map(letters);
  const starts = texts.map((hay) => occurrences(needle, hay));
  const begins = ({ start, end, segment }) => {
    for (let place = start; place < end; place += 1) if (starts[segment].has(place)) return true;
    return false;
  };
  return tokens.filter((token) => (token.special ? letters(token.text).join("").includes(needle.join("")) : begins(token)))
    .map(({ index }) => index);
}

/** Code points, which the API counts in, in lower case where that is one too. */
const letters = (text) => Array.from(text, (letter) => {
  const low = letter.toLowerCase();
  return Array.from(low).length === 1 ? low : letter;
});

function occurrences(needle, hay) {
  const found = new Set();
  for (let start = 0; start + needle.length <= hay.length; start += 1) {
    if (needle.every((letter, i) => letter === hay[start + i])) found.add(start);
  }
  return found;
}
