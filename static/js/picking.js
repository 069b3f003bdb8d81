/** Gestures that take several words at once: a drag, or Shift, up to a word; Ctrl or Cmd for more; a finger that holds. */
import { isTouch } from "./touch.js";

const HOLD_MS = 450;
const STILL = 10;

/**
 * @param {(event: Event) => number|null} indexOf
 * @param {{onDrag: Function, onTake: Function}} hear  `onDrag([from, to])` while a drag goes on, null when it is over;
 *   `onTake({from, to, add})`, where `from` is null for the word that is chosen already
 */
export function followPicking(root, indexOf, { onDrag, onTake }) {
  let span = null;
  let hold = null;

  const letGo = () => {
    clearTimeout(hold?.timer);
    if (span) onDrag(null);
    span = null;
  };

  root.addEventListener("pointerdown", (event) => {
    letGo();
    hold = null;
    const index = indexOf(event);
    if (index === null || event.button !== 0) return;
    if (isTouch(event)) hold = holding(event, index);
    else span = [index, index];
  });

  function holding({ clientX: x, clientY: y }, index) {
    const timer = setTimeout(() => {
      hold.done = true;
      onTake({ from: null, to: index, add: false });
    }, HOLD_MS);
    return { timer, x, y, done: false };
  }

  root.addEventListener("pointermove", (event) => {
    if (hold && Math.hypot(event.clientX - hold.x, event.clientY - hold.y) > STILL) clearTimeout(hold.timer);
  });

  root.addEventListener("pointerover", (event) => {
    const index = indexOf(event);
    if (!span || index === null) return;
    span = [span[0], index];
    onDrag(span);
  });

  window.addEventListener("pointerup", (event) => {
    const [from, to] = span ?? [];
    letGo();
    if (from !== to) onTake({ from, to, add: isMore(event) });
  });
  window.addEventListener("pointercancel", letGo);
  root.addEventListener("contextmenu", (event) => hold && event.preventDefault());

  /** A click that took several is none that chooses one. */
  root.addEventListener("click", (event) => {
    const index = indexOf(event);
    const took = hold?.done;
    hold = null;
    if (index === null || (!took && !event.shiftKey && !isMore(event))) return;
    event.stopImmediatePropagation();
    if (event.shiftKey) onTake({ from: null, to: index, add: false });
    else if (!took) onTake({ from: index, to: index, add: true });
  });
}

const isMore = (event) => event.ctrlKey || event.metaKey;
