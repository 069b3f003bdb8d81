/** The running text as words that can be shaded, hovered and clicked; thousands stay fluid. */
import { stepOf, within } from "./arrows.js";
import { directionOf, languageOf } from "./script.js";
import { createTextBlocks } from "./textblocks.js";
import { fingerOf, isTouch } from "./touch.js";
import { wordSpan } from "./tokens.js";

export function createSentence(root, { onHover, onPick }) {
  let tokens = [];
  let look = null;
  let marks = { query: null, key: null };
  let hovered = null;
  const text = createTextBlocks(root, (word, index) => {
    if (look) colour(word, index);
    for (const [name, at] of Object.entries(marks)) word.classList.toggle(name, at === index);
    if (marks.query === index) word.setAttribute("aria-selected", "true");
    if (hovered && isHovered(index)) word.classList.add("hovered");
  });

  function write(of, written) {
    tokens = of;
    look = null;
    marks = { query: null, key: null };
    hovered = null;
    root.dir = directionOf(written);
    root.lang = languageOf(written);
    text.write(of);
  }

  /** `mark(index)` ("off", "gone" or null) and `colour(index)` say how a word looks. */
  function shade({ query, key, ...how }) {
    look = how;
    text.forEach(colour);
    move("query", query);
    move("key", key);
  }

  function colour(word, index) {
    const mark = look.mark(index);
    const shading = mark ? null : look.colour(index);
    for (const name of ["off", "gone"]) word.classList.toggle(name, mark === name);
    if (shading) {
      word.style.setProperty("--shade", shading.background);
      word.style.color = shading.ink;
    } else if (word.style.color) {
      word.style.removeProperty("--shade");
      word.style.removeProperty("color");
    }
  }

  function move(name, index) {
    if (marks[name] === index) return;
    const before = text.word(marks[name]);
    before?.classList.remove(name);
    marks[name] = index;
    if (name === "query") choose(before, text.pin(index));
    text.word(index)?.classList.add(name);
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

  const isHovered = (index) => hovered.spans.some(([first, last]) => index >= first && index <= last);

  function hover(cell) {
    const outline = (on) => {
      for (const [first, last] of hovered?.spans ?? []) {
        for (let i = first; i <= last; i += 1) text.word(i)?.classList.toggle("hovered", on);
      }
    };
    outline(false);
    hovered = cell && { key: cell.key, spans: [cell.query, cell.key].map((index) => wordSpan(tokens, index)) };
    outline(true);
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
    if (byFinger() && index !== hovered?.key) onHover(index);
    else onPick(index, "push");
  });
  root.addEventListener("keydown", (event) => {
    const step = stepOf(event);
    if (event.key === "Enter") root.dispatchEvent(new CustomEvent("keep", { bubbles: true }));
    if (!step || !tokens.length) return;
    event.preventDefault();
    const across = root.dir === "rtl" ? -step[1] : step[1];
    onPick(within((marks.query ?? marks.key) + step[0] + (isFinite(across) ? across : step[1]), tokens.length), "replace");
  });

  return { write, shade, hover, markKey: (key) => move("key", key) };
}
