/** What the script of a text asks of the page: its direction, where letters join, whose glyphs. */

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
const CURSIVE = /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Adlam}\p{Script=Mongolian}]/u;
const LETTER = /\p{L}/u;
const ISOLATE = ["\u2068", "\u2069"];

/** The beginning tells what the text is in. */
const SAMPLE = 4000;

/** "rtl" where most letters are of such a script: a name in Latin does not turn an Arabic text. */
export function directionOf(text) {
  const letters = [...text.slice(0, SAMPLE)].filter((char) => LETTER.test(char));
  const turned = letters.filter((char) => RIGHT_TO_LEFT.test(char));
  return turned.length * 2 > letters.length ? "rtl" : "ltr";
}

/** Chinese, Japanese and Korean share code points, not glyphs: the language of the text, or "". */
export function languageOf(text) {
  const sample = text.slice(0, SAMPLE);
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(sample)) return "ja";
  if (/\p{Script=Hangul}/u.test(sample)) return "ko";
  return /\p{Script=Han}/u.test(sample) ? "zh-CN" : "";
}

/** Whether letters on the two sides of this boundary are written as one stroke. */
export const joinsCursively = (before, after) =>
  CURSIVE.test([...before].at(-1) ?? "") && CURSIVE.test([...after][0] ?? "");

/** A name that stands among other words and must not turn them around. */
export const isolated = (text) => (RIGHT_TO_LEFT.test(text) ? ISOLATE.join(text) : text);
