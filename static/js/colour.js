/** Sequential ramps that start at the colour of the surface and climb in equal perceptual steps. */

const END = { light: { L: 0.3, C: 0.14, h: 268 }, dark: { L: 0.965, C: 0.025, h: 268 } };
/** Of differences: brown and teal, which no kind of colour blindness confuses, equally far from the surface. */
const SIGNED_ENDS = {
  light: { more: { L: 0.46, C: 0.12, h: 48 }, less: { L: 0.46, C: 0.12, h: 215 } },
  dark: { more: { L: 0.84, C: 0.13, h: 66 }, less: { L: 0.84, C: 0.13, h: 205 } },
};
/** Of who looks at a token: the second hue. */
const SECOND_END = { light: { L: 0.36, C: 0.11, h: 50 }, dark: { L: 0.95, C: 0.05, h: 70 } };
const BULGE = 0.07;
const STEPS = 256;

/**
 * 256 colours, [r, g, b] each 0..255, from `surface` to the far end of the hue.
 * OKLab is walked along an arc whose middle is more colourful, then cut into pieces of equal length.
 */
export function makeRamp(theme, surface, end = END[theme]) {
  const from = rgbToLab(surface);
  const { L, C, h } = end;
  const [cos, sin] = [Math.cos((h * Math.PI) / 180), Math.sin((h * Math.PI) / 180)];
  const straight = between(from, [L, C * cos, C * sin]);
  const at = (t) => {
    const bulge = BULGE * Math.sin(Math.PI * t);
    const [lightness, a, b] = straight(t);
    return inGamut([lightness, a + bulge * cos, b + bulge * sin]);
  };
  return equalSteps(at).map((lab, step) => (step ? labToRgb(lab) : surface));
}

export const makeSecondRamp = (theme, surface) => makeRamp(theme, surface, SECOND_END[theme]);

/** Two such ramps, for what is above and what is below 0; `whole` is both, from the least to the most. */
export function makeSignedRamps(theme, surface) {
  const [more, less] = ["more", "less"].map((end) => makeRamp(theme, surface, SIGNED_ENDS[theme][end]));
  return { more, less, whole: [...less.toReversed(), ...more] };
}

/** The same without hue, for what is off the scale. */
export function makeGreyRamp(surface, end) {
  return equalSteps(between(rgbToLab(surface), rgbToLab(end))).map(labToRgb);
}

const between = (from, to) => (t) => from.map((value, axis) => value + (to[axis] - value) * t);

function equalSteps(at) {
  const fine = Array.from({ length: 1025 }, (_, i) => at(i / 1024));
  const walked = [0];
  for (let i = 1; i < fine.length; i += 1) {
    walked.push(walked[i - 1] + Math.hypot(...fine[i].map((value, axis) => value - fine[i - 1][axis])));
  }
  const total = walked.at(-1);
  let place = 0;
  return Array.from({ length: STEPS }, (_, step) => {
    while (place < fine.length - 1 && walked[place] < (total * step) / (STEPS - 1)) place += 1;
    return fine[place];
  });
}

/** Less colourful until the screen can show it. */
function inGamut(lab) {
  let [L, a, b] = lab;
  while (labToLinear([L, a, b]).some((value) => value < -1e-4 || value > 1.0001)) {
    a *= 0.97;
    b *= 0.97;
  }
  return [L, a, b];
}

const toLinear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const fromLinear = (v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);

/** Björn Ottosson's OKLab. */
export function rgbToLab(rgb) {
  const [r, g, b] = rgb.map((value) => toLinear(value / 255));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function labToLinear([L, a, b]) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

const labToRgb = (lab) =>
  labToLinear(lab).map((value) => Math.round(255 * fromLinear(Math.min(1, Math.max(0, value)))));

export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/** Black or white, whichever stands out more; one of them always reaches 4.5:1. */
export function inkOn(rgb) {
  const [r, g, b] = rgb.map((value) => toLinear(value / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}

/** Share of the largest weight below which the log scale shows nothing. */
export const LOG_FLOOR = 1e-4;

const PLACES = {
  linear: (share) => share,
  sqrt: (share) => Math.sqrt(share),
  log: (share) => (share <= LOG_FLOOR ? 0 : 1 - Math.log10(share) / Math.log10(LOG_FLOOR)),
};

/** Where a weight lies on the ramp, 0..1, when `top` is the largest one shown. */
export function place(scale, weight, top) {
  return top > 0 ? Math.min(1, Math.max(0, PLACES[scale](weight / top))) : 0;
}

export const colourAt = (ramp, t) => ramp[Math.round(t * (STEPS - 1))];

/** One colour per byte of a quantised weight, as canvas pixels (RGBA in memory order). */
export function pixelTable(ramp, scale, quantum, top) {
  const table = new Uint32Array(256);
  for (let u = 0; u < 256; u += 1) {
    table[u] = pixel(colourAt(ramp, place(scale, quantum * (u / 255) ** 2, top)));
  }
  return table;
}

export const pixel = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
