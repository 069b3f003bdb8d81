/** A running text in blocks: of a long one only those in or near sight, and the chosen word's, are in the document. */
import { h } from "./dom.js";
import { writePieces } from "./pieces.js";
import { segmentsOf } from "./tokens.js";

const PER_BLOCK = 200;
/** Up to here a text is one block that stays. */
const SHORT = 600;
const NEAR = "900px 0px";
/** Room for a character and for a line, before a block was ever laid out. */
const [CHARACTER, LINE] = [8.5, 29];

/** @param {(word: Element, index: number) => void} onEnter  a word has come into the document, or perhaps into sight */
export function createTextBlocks(root, onEnter) {
  let blocks = [];
  let pinned = null;
  let names = new Map();
  let isShort = true;
  /** Which words of a short text are in sight, as [first, end). */
  let sight = null;
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const block = blocks.find(({ element }) => element === target);
      if (block) see(block, isIntersecting);
    }
  }, { root, rootMargin: NEAR });

  const lookAgain = () => {
    sight = null;
    if (isShort) forEachInSight(onEnter);
  };
  root.addEventListener("scroll", lookAgain, { passive: true });
  new ResizeObserver(lookAgain).observe(root);

  function write(tokens) {
    observer.disconnect();
    sight = null;
    names = new Map(segmentsOf(tokens).map(({ name, span: [first] }) => [first, name]));
    isShort = tokens.length <= SHORT;
    blocks = parts(tokens, isShort ? SHORT : PER_BLOCK).map(([start, stop]) => ({
      start, stop, tokens, words: null, isNear: false, element: h("span", { class: isShort ? null : "words" }),
    }));
    pinned = null;
    root.replaceChildren(...blocks.map(({ element }) => element));
    if (isShort) blocks.forEach(enter);
    for (const block of isShort ? [] : blocks) {
      block.element.style.height = `${guess(block)}px`;
      observer.observe(block.element);
    }
  }

  const guess = ({ tokens, start, stop }) => {
    const letters = tokens.slice(start, stop).reduce((sum, { text }) => sum + text.length, 0);
    return LINE * Math.max(1, Math.ceil((letters * CHARACTER) / Math.max(1, root.clientWidth)));
  };

  function see(block, isNear) {
    block.isNear = isNear;
    if (isNear) enter(block);
    else if (block !== pinned) leave(block);
  }

  function enter(block) {
    if (block.words) return;
    const { tokens, start, stop, element } = block;
    const { words, nodes } = writePieces(tokens.slice(start, stop), names);
    block.words = words;
    element.style.height = "";
    element.replaceChildren(...nodes.flat());
    words.forEach((word, i) => {
      if (blocks.length > 1) {
        word.setAttribute("aria-posinset", start + i + 1);
        word.setAttribute("aria-setsize", tokens.length);
      }
      onEnter(word, start + i);
    });
  }

  /** Its height stays, so that nothing else moves. */
  function leave(block) {
    if (!block.words) return;
    block.element.style.height = `${block.element.offsetHeight}px`;
    block.words = null;
    block.element.replaceChildren();
  }

  function inSight() {
    const [box, { words }] = [root.getBoundingClientRect(), blocks[0]];
    const below = (edge, y) => lowest(words.length, (i) => words[i].getBoundingClientRect()[edge] > y);
    return [below("bottom", box.top - LINE), below("top", box.bottom + LINE)];
  }

  const forEach = (call) => {
    for (const { words, start } of blocks) words?.forEach((word, i) => call(word, start + i));
  };

  /** Every word in sight, and of a long text all that are there: a short one is laid out for it once, after each scroll or size. */
  function forEachInSight(call) {
    if (!isShort) {
      forEach(call);
    } else if (blocks.length) {
      sight ??= inSight();
      blocks[0].words.slice(...sight).forEach((word, i) => call(word, sight[0] + i));
    }
  }

  const holding = (index) => blocks.find(({ stop }) => index < stop);

  return {
    write,

    /** The element of a token (null: of none), or undefined while it is not in the document. */
    word(index) {
      const block = index === null ? null : holding(index);
      return block?.words?.[index - block.start];
    },

    /** Brings a token into the document to stay, in place of the one before; its element. */
    pin(index) {
      const before = pinned;
      pinned = holding(index);
      if (before && before !== pinned && !before.isNear) leave(before);
      enter(pinned);
      return pinned.words[index - pinned.start];
    },

    /** Every word that is in the document. */
    forEach,
    forEachInSight,
  };
}

/** The first of so many places at which this is true, where it is true of all that follow. */
function lowest(length, isTrue) {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isTrue(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Cuts [start, stop) before a token that begins a word, so that no word and no character is torn. */
function parts(tokens, size) {
  const cuts = [0];
  for (let at = size; at < tokens.length; at += 1) {
    const isStart = tokens[at].special || tokens[at].text.startsWith("␣") || tokens[at].word !== tokens[at - 1].word;
    if (at - cuts.at(-1) >= size && isStart) cuts.push(at);
  }
  return cuts.map((start, i) => [start, cuts[i + 1] ?? tokens.length]);
}
