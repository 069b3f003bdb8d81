/** Code that gives exactly the arrays on screen: by the package alone, over HTTP from Python, or by curl. */
import { onScreen, setsOf } from "./onscreen.js";
import { nameOf } from "./save.js";

/** Fields of a request that code spells out only where they are not the usual ones. */
const USUAL = { text_pair: null, target: null, add_special_tokens: true, parse_special: true, truncate: false };

/** @param {boolean} guarded  whether the server asks for a token; the code has a place for it */
export function snippet(kind, state, guarded) {
  const request = requestOf(state.analysis.request);
  const asked = { ...request, ...onScreen(state) };
  const sets = setsOf(state) && listed({ ...request, ...setsOf(state) });
  const address = new URL("api/v1/attention", document.baseURI).href;
  const file = nameOf(state, "npy");
  if (kind === "curl") {
    return curl(address, { ...listed(asked), format: "npy" }, file, guarded)
      + (sets ? `\n${curl(address, { ...sets, format: "npy" }, file.replace(/\.npy$/, "-set.npy"), guarded)}` : "");
  }
  if (kind === "http") return http(address, { ...listed(asked), format: "npy" }, sets && { ...sets, format: "npy" }, guarded);
  return python(state);
}

export const requestOf = ({ model, text, ...others }) => ({
  model,
  text,
  ...Object.fromEntries(Object.entries(others).filter(([name, value]) => name in USUAL && value !== USUAL[name])),
});

/** A JSON body has lists where a query string has numbers. */
const listed = (asked) => Object.fromEntries(Object.entries(asked).map(([name, value]) =>
  [name, name === "layers" || name === "heads" ? String(value).split(",").map(Number) : value]));

/** A call of the package for this request. */
export function analysed({ model, text, ...others }, models) {
  const ours = models.find(({ id }) => id === model)?.source === "local";
  const read = [quoted(text), quoted(ours ? `${model}=/path/to/its/folder` : model), ...named(others)];
  return `analyze(\n${indented(read)}\n)`;
}

function python(state) {
  return `from headscope import analyze

analysis = ${analysed(requestOf(state.analysis.request), state.models)}
weights = analysis.attention(
${indented(named(onScreen(state)))}
)
print(weights.shape)
${setsOf(state) ? `
together = analysis.attention(
${indented(named(setsOf(state)))}
)
print(together)
` : ""}`;
}

const http = (address, asked, sets, guarded) => `import io
import json
import urllib.request

import numpy as np

asked = ${dict(asked)}
headers = ${headersOf(guarded)}
request = urllib.request.Request(${quoted(address)}, json.dumps(asked).encode(), headers)
with urllib.request.urlopen(request) as answer:
    weights = np.load(io.BytesIO(answer.read()))
print(weights.shape)
${sets ? `
request.data = json.dumps(${dict(sets)}).encode()
with urllib.request.urlopen(request) as answer:
    together = np.load(io.BytesIO(answer.read()))
print(together)
` : ""}`;

export const headersOf = (guarded) => `{"Content-Type": "application/json"${guarded ? ', "Authorization": "Bearer TOKEN"' : ""}}`;

export const dict = (fields) => `{\n${indented(Object.entries(fields).map(([name, value]) => `${quoted(name)}: ${literal(value)}`))}\n}`;

const curl = (address, asked, file, guarded) => `curl -sS --fail ${shell(address)} \\
  -H 'Content-Type: application/json' \\
${guarded ? "  -H 'Authorization: Bearer TOKEN' \\\n" : ""}  --data-binary @- -o ${shell(file)} <<'JSON'
${jsonText(asked)}
JSON
`;

/** What stands between the two JSON of curl is not read by the shell, whatever the text. */
export const jsonText = (asked) => visible(JSON.stringify(asked), (char) => [...Array(char.length).keys()].map((i) => unit(char, i)).join(""));

export const shell = (word) => `'${word.replaceAll("'", "'\\''")}'`;
export const indented = (lines) => lines.map((line) => `    ${line},`).join("\n");
export const named = (fields) => Object.entries(fields).map(([name, value]) => `${name}=${literal(value)}`);

function literal(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "string" ? quoted(value) : JSON.stringify(value);
}

/** A string of JSON is one of Python, but for how a character beyond 16 bits is escaped. */
export const quoted = (text) => visible(JSON.stringify(text), (char) =>
  (char.length > 1 ? `\\U${char.codePointAt(0).toString(16).padStart(8, "0")}` : unit(char, 0)));

export const unit = (char, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, "0")}`;

/** What cannot be seen, or turns other characters around, is written out. */
const visible = (text, escape) => text.replace(/(?! )[\p{C}\p{Z}]/gu, escape);
