/** The state of the page in the URL fragment, so that text never reaches a server's log. */
import { VIEWS } from "./stage.js";
import { settle } from "./timing.js";

/** Longer texts are deflated; a longer fragment is not written and the page offers a file. */
const PLAIN_TEXT = 1500;
const LONGEST_LINK = 8192;
const KEPT = "headscope:text";
/** A few bytes can be made to inflate without end; no text box takes more. */
const MOST_BYTES = 16_000_000;

const NUMBERS = ["layer", "head", "query", "key"];
const DEFAULTS = {
  view: "heatmap", show: "head", scale: "linear", sinks: "off", pool: "max", zoom: null, unit: "token",
  keep: null, between: null, sort: null, querySet: null, keySet: null, direction: "looks", against: null,
  lineHeads: null, lineQueries: "one", lineMass: "0.7", lineLayout: "auto",
};
const RANGES = /^\d{1,7}:\d{1,7}(,\d{1,7}:\d{1,7}){0,63}$/;
const ZOOM = /^\d{1,7}(\.\d+)?:\d{1,7}(\.\d+)?,\d{1,7}(\.\d+)?:\d{1,7}(\.\d+)?$/;
const PATTERNS = {
  zoom: ZOOM, querySet: RANGES, keySet: RANGES, keep: /^(top:[1-9]\d{0,3}|(min|mass):(1|(?!0?\.0+$)0?\.\d{1,6}))$/, between: /^[ab][ab]$/,
  against: /^\{.{1,8000}\}$/s, lineHeads: /^\d{1,4}(,\d{1,4}){0,255}$/,
};
const CHOICES = {
  view: ["heatmap", ...Object.keys(VIEWS)],
  unit: ["token", "word"],
  sort: ["entropy", "distance", "sinks", "pair", "difference"],
  show: ["head", "mean", "max"],
  scale: ["linear", "sqrt", "log"],
  direction: ["looks", "looked"],
  sinks: ["off", "shown", "hidden", "renormalised"],
  pool: ["max", "mean"],
  lineQueries: ["one", "all"],
  lineMass: ["0.5", "0.7", "0.9", "1"],
  lineLayout: ["auto", "vertical", "horizontal"],
};
const FIELDS = ["stack", ...NUMBERS, ...Object.keys(DEFAULTS)];

/** What a link, or a saved file, says: the request and the selection. */
export function describe(state) {
  const { model, text, text_pair: pair, truncate } = state.analysis.request;
  const fields = { model, text };
  if (pair !== null) fields.text_pair = pair;
  if (truncate) fields.truncate = "1";
  for (const name of FIELDS) {
    if (state[name] !== DEFAULTS[name]) fields[name] = String(state[name]);
  }
  return fields;
}

/** Turns what a link or file says into a request and a selection; what makes no sense is left out. */
export function understand(fields) {
  const selection = { ...DEFAULTS };
  if (fields.stack) selection.stack = fields.stack;
  for (const name of NUMBERS) {
    if (/^\d{1,7}$/.test(fields[name] ?? "")) selection[name] = Number(fields[name]);
  }
  for (const [name, choices] of Object.entries(CHOICES)) {
    if (choices.includes(fields[name])) selection[name] = fields[name];
  }
  for (const [name, pattern] of Object.entries(PATTERNS)) {
    if (pattern.test(fields[name] ?? "")) selection[name] = fields[name];
  }
  const request = {
    model: fields.model,
    text: fields.text,
    text_pair: fields.text_pair ?? null,
    truncate: fields.truncate === "1",
  };
  return { request, selection };
}

export async function toFragment(fields) {
  const { text, text_pair: pair, ...rest } = fields;
  if (text.length + (pair?.length ?? 0) <= PLAIN_TEXT) return String(new URLSearchParams(fields));
  const z = await deflate(JSON.stringify(pair === undefined ? { text } : { text, text_pair: pair }));
  return String(new URLSearchParams({ ...rest, z }));
}

async function fromFragment(fragment) {
  const { z, ...fields } = Object.fromEntries(new URLSearchParams(fragment));
  if (z) Object.assign(fields, JSON.parse(await inflate(z)));
  else if (fields.model && fields.text === undefined) {
    Object.assign(fields, JSON.parse(sessionStorage.getItem(KEPT) ?? "{}"));
  }
  return fields;
}

/** Keeps the address in step with the state, and the state with Back and Forward. */
export function followHistory(store, { open, onTooLong, onUnreadable }) {
  let queue = Promise.resolve();
  let pending = null;

  /** One after the other: a long text takes longer to deflate than the next change to come. */
  const write = (fields, history, evenIfSame = false) => {
    queue = queue.then(async () => {
      const fragment = await fitting(fields);
      if (`#${fragment}` === location.hash && !evenIfSame) return;
      window.history[history === "push" ? "pushState" : "replaceState"](null, "", `#${fragment}`);
    });
  };

  async function fitting(fields) {
    const fragment = await toFragment(fields);
    const tooLong = fragment.length > LONGEST_LINK;
    onTooLong(tooLong);
    if (!tooLong) return fragment;
    const { text, text_pair, ...rest } = fields;
    sessionStorage.setItem(KEPT, JSON.stringify({ text, text_pair }));
    return String(new URLSearchParams(rest));
  }

  /** Keys that repeat would otherwise replace the entry faster than browsers allow. */
  const flushSoon = settle(120, flush);
  function flush() {
    if (pending) write(pending, "replace");
    pending = null;
  }

  store.on(["analysis", ...FIELDS], (state, { history }, changed) => {
    if (!state.analysis || history === "none") return;
    const fields = describe(state);
    if (history === "push") {
      flush();
      write(fields, "push");
    } else if (changed.has("analysis")) {
      pending = null;
      write(fields, "replace");
    } else {
      pending = fields;
      flushSoon();
    }
  });
  for (const link of document.querySelectorAll("a[data-keeps-view]")) {
    link.addEventListener("click", () => {
      flush();
      link.hash = location.hash;
    });
  }
  document.addEventListener("keep", () => {
    flush();
    write(describe(store.get()), "push", true);
  });
  window.addEventListener("popstate", async () => {
    pending = null;
    open(await readLink(onUnreadable));
  });
}

/**
 * The request and selection of the address, or null when it names none that can be read.
 *
 * @param {(unreadable: boolean) => void} hear  Whether there is a link that cannot be read.
 */
export async function readLink(hear = () => {}) {
  const fields = await fromFragment(location.hash.slice(1)).catch(() => ({}));
  const readable = [fields.model, fields.text, fields.text_pair ?? ""].every((each) => typeof each === "string");
  hear(location.hash.length > 1 && !readable);
  return readable ? understand(fields) : null;
}

async function pipe(bytes, transform) {
  const parts = [];
  let size = 0;
  for await (const part of new Blob([bytes]).stream().pipeThrough(transform)) {
    size += part.length;
    if (size > MOST_BYTES) throw new RangeError();
    parts.push(part);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function deflate(text) {
  const bytes = await pipe(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function inflate(code) {
  const binary = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  return new TextDecoder().decode(await pipe(bytes, new DecompressionStream("deflate-raw")));
}
