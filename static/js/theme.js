/** Light or dark as the system has it, unless switched here; and the colours that canvases need. */
import { makeGreyRamp, makeRamp, makeSecondRamp, makeSignedRamps } from "./colour.js";
import { choose, recall } from "./kept.js";

const KEY = "headscope:theme";
const system = matchMedia("(prefers-color-scheme: dark)");

const systemTheme = () => (system.matches ? "dark" : "light");

export const initialTheme = () => recall(KEY) ?? systemTheme();

export function followTheme(store, button) {
  const apply = () => {
    document.documentElement.dataset.theme = store.get().theme;
  };
  apply();
  store.on(["theme"], apply);
  system.addEventListener("change", () => store.set({ theme: initialTheme() }));
  button.addEventListener("click", () => {
    const theme = store.get().theme === "dark" ? "light" : "dark";
    choose(KEY, theme, systemTheme());
    store.set({ theme });
  });
}

const palettes = new Map();

/** Ramps and flat colours of a theme; CSS says what the surface is. */
export function palette(theme) {
  if (!palettes.has(theme)) palettes.set(theme, readPalette(theme));
  return palettes.get(theme);
}

function readPalette(theme) {
  const probe = document.createElement("span");
  probe.style.forcedColorAdjust = "none"; // high contrast would make one colour of all
  document.body.append(probe);
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  };
  const surface = colour("surface");
  const made = {
    surface,
    masked: colour("masked"),
    outside: colour("outside"),
    hatch: colour("hatch"),
    dots: colour("edge"),
    ink: colour("ink"),
    muted: colour("muted"),
    line: colour("line"),
    accent: colour("accent"),
    second: colour("second"),
    accentRamp: makeRamp(theme, surface),
    secondRamp: makeSecondRamp(theme, surface),
    signedRamps: makeSignedRamps(theme, surface),
    sinkRamp: makeGreyRamp(surface, colour("edge")),
  };
  probe.remove();
  return made;
}
