/** Keys inside of what arrow keys walk: the grids, the head, the text. */

const PAGE = 8;
const STEPS = {
  ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
  PageUp: [-PAGE, 0], PageDown: [PAGE, 0], Home: [0, -Infinity], End: [0, Infinity],
};

/** Such keys belong to the browser; AltGr is how many layouts write "[" and "/". */
export const hasModifier = (event) =>
  event.metaKey || ((event.ctrlKey || event.altKey) && !event.getModifierState("AltGraph"));

/** Where this key leads, [rows, columns], or null; with Shift only where that is `extending`. */
export const stepOf = (event, extending = false) =>
  (hasModifier(event) || (event.shiftKey && !extending) ? null : STEPS[event.key] ?? null);

export const within = (value, count) => Math.min(count - 1, Math.max(0, value));
