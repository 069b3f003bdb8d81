/** Labels of an axis: few enough to read, thinned with the zoom, and always true. */
import { escapeLabel, shorten } from "./tokens.js";

const MOST = 32;
const LONGEST = 16;

/** Text of row or column `i` of a picture: its token, or the first token of its bin. */
export const labelOf = (tokens, bins, i) => shorten(tokens[bins[i]].text, LONGEST);

/**
 * @param {[number, number]} range  what is visible of the axis
 * @param {number} pixels           its length on screen
 * @param {number} spacing          pixels that one label needs
 * @param {number} locked           the selected place, always labelled and bold
 * @returns {{tickvals: number[], ticktext: string[]}}
 */
export function ticks(tokens, bins, range, pixels, spacing, locked) {
  const count = bins.length - 1;
  const first = Math.max(0, Math.ceil(Math.min(...range)));
  const last = Math.min(count - 1, Math.floor(Math.max(...range)));
  const room = Math.max(2, Math.min(MOST, Math.floor(pixels / spacing)));
  const step = niceStep((last - first + 1) / room);
  const places = [];
  for (let i = Math.ceil(first / step) * step; i <= last; i += step) {
    if (step === 1 || i === locked || Math.abs(i - locked) >= step) places.push(i);
  }
  if (locked >= first && locked <= last && !places.includes(locked)) places.push(locked);
  return {
    tickvals: places,
    ticktext: places.map((i) => {
      const text = escapeLabel(labelOf(tokens, bins, i));
      return i === locked ? `<b>${text}</b>` : text;
    }),
  };
}

function niceStep(least) {
  if (least <= 1) return 1;
  for (let unit = 1; ; unit *= 10) {
    for (const factor of [1, 2, 5]) if (unit * factor >= least) return unit * factor;
  }
}
