/** The running text as words that can be shaded, hovered and clicked; thousands stay fluid. */
import { stepOf, within } from "./arrows.js";
import { followPicking } from "./picking.js";
import { isIn, placesIn } from "./ranges.js";
import { directionOf, languageOf } from "./script.js";
import { createTextBlocks } from "./textblocks.js";
import { fingerOf, isTouch } from "./touch.js";
import { wordSpan } from "./tokens.js";

/**
 * @param {{onHover: Function, onPick: Function, onTake: Function, onClear: Function}} hear  `onPick(index, history)` for one
 *   word; `onTake({from, to, add}, history)` for all from one word (null: from the chosen one) to another
 */
export function createSentence(root, { onHover, onPick, onTake, onClear }) {
  let tokens = [];
  let look = null;
  let marks = {};
  let [at, end] = [0, 0]; // the chosen word, and how far a set reaches from it
  let hovered = null;
  const text = createTextBlocks(root, (word, index) => {
    if (look) colour(word, index);
    for (const [name, ranges] of Object.entries(marks)) word.classList.toggle(name, isIn(ranges, index));
    if (isChosen(index)) word.setAttribute("aria-selected", "true");
    if (hovered && isHovered(index)) word.classList.add("hovered");
  });

  const isChosen = (index) => Boolean(look && marks[look.side]) && isIn(marks[look.side], index);

  function write(of, written) {
    tokens = of;
    look = null;
    marks = {};
    hovered = null;
    [at, end] = [0, 0];
    root.removeAttribute("aria-activedescendant");
    root.dir = directionOf(written);
    root.lang = languageOf(written);
    text.write(of);
  }

  /**
   * `mark(index)` ("off", "gone" or null) and `colour(index)` say how a word looks, `side` whose words are chosen. The words
   * in sight are enough while heads are passed by: others are shaded as they come into sight.
   */
  function shade(how, { all } = {}) {
    const turned = look?.side !== how.side;
    look = how;
    (all ? text.forEach : text.forEachInSight)(colour);
    if (turned) select();
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

  /** Marks the ranges of both sides; `at` is the word of the chosen side that stands for them. */
  function mark(now, word) {
    for (const [name, ranges] of Object.entries(now)) {
      if (marks[name] === ranges) continue;
      for (const index of marks[name] ? placesIn(marks[name]) : []) text.word(index)?.classList.remove(name);
      for (const index of placesIn(ranges)) text.word(index)?.classList.add(name);
    }
    const before = Object.entries(marks).join();
    marks = now;
    if (word !== at || before !== Object.entries(now).join()) select(word);
  }

  /** For those who hear the text it is a list of words of which some are chosen. */
  function select(index = at) {
    const isMoved = index !== at || !root.hasAttribute("aria-activedescendant");
    at = index;
    if (!look || !marks[look.side]) return;
    if (!isIn(marks[look.side], end)) end = index;
    const word = text.pin(at);
    text.forEach((each, i) => (isChosen(i) ? each.setAttribute("aria-selected", "true") : each.removeAttribute("aria-selected")));
    root.setAttribute("aria-activedescendant", word.id);
    if (isMoved) reveal(word);
  }

  /** Scrolls the text's own box only, never the page. */
  function reveal(word) {
    const [box, at] = [root.getBoundingClientRect(), word.getBoundingClientRect()];
    if (at.top < box.top) root.scrollTop -= box.top - at.top + 8;
    else if (at.bottom > box.bottom) root.scrollTop += at.bottom - box.bottom + 8;
  }

  const isHovered = (index) => hovered.spans.some(([first, last]) => index >= first && index <= last);

  /** `index` is pointed at; the words of all `places` are outlined. */
  function hover(index, places = []) {
    const outline = (on) => {
      for (const [first, last] of hovered?.spans ?? []) {
        for (let i = first; i <= last; i += 1) text.word(i)?.classList.toggle("hovered", on);
      }
    };
    outline(false);
    hovered = index === null ? null : { index, spans: places.map((place) => wordSpan(tokens, place)) };
    outline(true);
  }

  /** What a drag goes over, before it is taken. */
  function drag(span) {
    const [low, high] = span ? [Math.min(...span), Math.max(...span)] : [0, -1];
    text.forEach((word, index) => word.classList.toggle("dragged", index >= low && index <= high));
  }

  function take(span, history) {
    end = span.to;
    onTake(span, history);
  }

  const indexOf = (event) => {
    const word = event.target.closest("[data-i]");
    return word ? Number(word.dataset.i) : null;
  };
  root.addEventListener("pointerover", (event) => isTouch(event) || event.buttons || onHover(indexOf(event)));
  root.addEventListener("pointerleave", (event) => isTouch(event) || onHover(null));
  const byFinger = fingerOf(root);
  followPicking(root, indexOf, { onDrag: drag, onTake: (span) => take(span, "push") });
  root.addEventListener("click", (event) => {
    const index = indexOf(event);
    if (index === null) return;
    if (byFinger() && index !== hovered?.index) onHover(index);
    else onPick(index, "push");
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && onClear()) event.preventDefault();
    const step = stepOf(event, true);
    if (event.key === "Enter") root.dispatchEvent(new CustomEvent("keep", { bubbles: true }));
    if (!step || !tokens.length) return;
    event.preventDefault();
    const across = root.dir === "rtl" ? -step[1] : step[1];
    const to = within((event.shiftKey ? end : at) + step[0] + (isFinite(across) ? across : step[1]), tokens.length);
    if (event.shiftKey) take({ from: null, to, add: false }, "replace");
    else onPick(to, "replace");
  });

  return { write, shade, mark, hover };
}
