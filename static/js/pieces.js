/** Tokens as elements of the running text: pieces of one word, pieces of one character. */
import { h } from "./dom.js";
import { joinsCursively } from "./script.js";

/** The label of a piece of a character that was cut into bytes: "注 1/3". */
const PART = /^␣?(.+) (\d+)\/(\d+)$/su;
const SPELLED = /<U\+[0-9A-F]{4,6}>/;

export const isPart = ({ text }) => PART.test(text);

/** `words` has an element for every token, `nodes` what each adds to the text; `names` has the text that begins at a token. */
export function writePieces(tokens, names) {
  const read = tokens.map((token, i) => readToken(token, tokens[i - 1]));
  const words = read.map((each, i) => wordOf(each, read[i - 1], read[i + 1]));
  const nodes = read.map(({ token, joined, part, text }, i) => {
    if (part && part.number > 1) return []; // stands at its character
    const node = part ? character(text, words.slice(i, i + part.count)) : words[i];
    return [...begun(names.get(token.index)), joined ? "" : " ", node, token.text.includes("↵") ? h("br") : ""];
  });
  return { words, nodes };
}

/** A second text begins on a new line. */
const begun = (name) => (name ? [name === "A" ? "" : h("br"), h("span", { class: "text-name", "aria-hidden": "true" }, name)] : []);

function readToken(token, before) {
  const joined = Boolean(before) && token.segment === before.segment && !token.special && !before.special
    && !token.text.startsWith("␣") && token.start <= before.end;
  const [, char, number, count] = token.text.match(PART) ?? [];
  const part = char && { number: Number(number), count: Number(count) };
  // "##" is the vocabulary's mark where the text itself has no such signs there.
  const piece = joined && token.text.startsWith("##") && [...token.text].length > token.end - token.start;
  const text = char ?? (piece ? token.text.slice(2) : token.text.replace(/^␣(?=.)/, ""));
  return { token, joined, part, piece, text };
}

function wordOf(each, before, after) {
  const { token, part, piece, text } = each;
  const cursive = (each.joined && joinsCursively(before.text, text))
    || (after?.joined && joinsCursively(text, after.text));
  const kinds = {
    special: token.special, unknown: token.unknown, piece, cursive, apart: SPELLED.test(text),
  };
  return h("span", {
    class: ["word", ...Object.keys(kinds).filter((kind) => kinds[kind])].join(" "),
    "data-i": token.index, role: "option", id: `word-${token.index}`,
    "aria-label": part ? token.text : null,
    style: part ? `--part:${part.number - 1};--parts:${part.count}` : null,
  }, part ? "" : text);
}

/** The character stands once, over as many short bars as it has pieces. */
const character = (text, parts) => h("span", { class: parts[0].className.replace("word", "split") },
  h("span", { "aria-hidden": "true" }, text), ...parts);
