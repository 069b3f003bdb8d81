/** The running text as words that can be shaded, hovered and clicked; thousands stay fluid. */
import { stepOf, within } from "./arrows.js";
import { h } from "./dom.js";
import { directionOf, languageOf } from "./script.js";
import { fingerOf, isTouch } from "./touch.js";
import { wordSpan } from "./tokens.js";
import { writePieces } from "./pieces.js";

/** Longer texts are cut into blocks that the browser lays out only when they come into view. */
const PER_BLOCK = 600;

export function createSentence(root, { onHover, onPick }) {
  let words = [];
  let tokens = [];
  let shaded = [];
  let marks = { query: null, key: null };
  let outlined = [];
  let previewed = null;

  function write(of, text) {
    tokens = of;
    const written = writePieces(of);
    words = written.words;
    root.dir = directionOf(text);
    root.lang = languageOf(text);
    const blocks = [];
    for (let at = 0; at < words.length; at += PER_BLOCK) {
      blocks.push(h("span", { class: of.length > PER_BLOCK ? "words" : null },
        ...written.nodes.slice(at, at + PER_BLOCK).flat()));
    }
    root.replaceChildren(...blocks);
    shaded = [];
    outlined = [];
    marks = { query: null, key: null };
  }

  function shade({ query, key, hatched, colour }) {
    for (const word of shaded) {
      word.style.removeProperty("--shade");
      word.style.removeProperty("color");
      word.classList.remove("off");
    }
    shaded = [];
    words.forEach((word, index) => {
      if (hatched(index)) {
        word.classList.add("off");
        shaded.push(word);
        return;
      }
      const shade_ = colour(index);
      if (!shade_) return;
      word.style.setProperty("--shade", shade_.background);
      word.style.color = shade_.ink;
      shaded.push(word);
    });
    move("query", query);
    move("key", key);
  }

  function move(name, index) {
    if (marks[name] === index) return;
    words[marks[name]]?.classList.remove(name);
    words[index]?.classList.add(name);
    if (name === "query") choose(words[marks.query], words[index]);
    marks[name] = index;
  }

  /** For those who hear the text it is a list of words of which one is chosen. */
  function choose(before, word) {
    before?.removeAttribute("aria-selected");
    word.setAttribute("aria-selected", "true");
    root.setAttribute("aria-activedescendant", word.id);
    reveal(word);
  }

  /** Scrolls the text's own box only, never the page. */
  function reveal(word) {
    const [box, at] = [root.getBoundingClientRect(), word.getBoundingClientRect()];
    if (at.top < box.top) root.scrollTop -= box.top - at.top + 8;
    else if (at.bottom > box.bottom) root.scrollTop += at.bottom - box.bottom + 8;
  }

  function hover(cell) {
    for (const word of outlined) word.classList.remove("hovered");
    outlined = [];
    previewed = cell?.key ?? null;
    if (!cell) return;
    for (const index of new Set([cell.query, cell.key])) {
      const [first, last] = wordSpan(tokens, index);
      for (let i = first; i <= last; i += 1) outlined.push(words[i]);
    }
    for (const word of outlined) word.classList.add("hovered");
  }

  const indexOf = (event) => {
    const word = event.target.closest("[data-i]");
    return word ? Number(word.dataset.i) : null;
  };
  root.addEventListener("pointerover", (event) => isTouch(event) || onHover(indexOf(event)));
  root.addEventListener("pointerleave", (event) => isTouch(event) || onHover(null));
  const byFinger = fingerOf(root);
  root.addEventListener("click", (event) => {
    const index = indexOf(event);
    if (index === null) return;
    if (byFinger() && index !== previewed) onHover(index);
    else onPick(index, "push");
  });
  root.addEventListener("keydown", (event) => {
    const step = stepOf(event);
    if (event.key === "Enter") root.dispatchEvent(new CustomEvent("keep", { bubbles: true }));
    if (!step || !words.length) return;
    event.preventDefault();
    const across = root.dir === "rtl" ? -step[1] : step[1];
    onPick(within(marks.query + step[0] + (isFinite(across) ? across : step[1]), words.length), "replace");
  });

  return { write, shade, hover, markKey: (key) => move("key", key) };
}
