/** Labels of an axis: few enough to read, thinned with the zoom, and each at the token that it names. */
import { isolated } from "./script.js";
import { escapeLabel, shorten } from "./tokens.js";

const MOST = 32;
const LONGEST = 14;

export const labelOf = ({ text }) => isolated(shorten(text, LONGEST));

/**
 * @param {[number, number]} range  what is visible of the axis
 * @param {number} pixels           its length on screen
 * @param {number} spacing          pixels that one label needs
 * @returns {{tickvals: number[], ticktext: string[]}}
 */
export function ticks(tokens, range, pixels, spacing) {
  const first = Math.max(0, Math.ceil(Math.min(...range)));
  const last = Math.min(tokens.length - 1, Math.floor(Math.max(...range)));
  const room = Math.max(2, Math.min(MOST, Math.floor(pixels / spacing)));
  const step = Math.max(1, Math.ceil((last - first + 1) / room));
  const tickvals = [];
  for (let i = Math.ceil(first / step) * step; i <= last; i += step) tickvals.push(i);
  return { tickvals, ticktext: tickvals.map((i) => escapeLabel(labelOf(tokens[i]))) };
}
