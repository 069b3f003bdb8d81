/** Code that gives exactly the arrays of a comparison, A, B and A - B, in the three ways of ../snippets.js. */
import { analysed, dict, headersOf, indented, jsonText, named, quoted, requestOf, shell, unit } from "../snippets.js";
import { nameOf } from "../save.js";

/** @param {boolean} guarded  whether the server asks for a token; the code has a place for it */
export function snippet(kind, state, guarded) {
  const { compared: { asked: { requests, query } } } = state;
  const texts = requests.map(requestOf);
  const isOne = JSON.stringify(texts[0]) === JSON.stringify(texts[1]);
  const base = new URL("api/v1/analyses", document.baseURI).href;
  const asked = new URLSearchParams({ ...query, format: "npy" });
  if (kind === "curl") return curl(base, texts, isOne, asked, nameOf(state, "compared.npy"), guarded);
  if (kind === "http") return http(base, texts, isOne, asked, guarded);
  return python(texts, isOne, query, state.models);
}

const python = ([a, b], isOne, query, models) => `import numpy as np
from headscope import analyze

a = ${analysed(a, models)}
b = ${isOne ? "a" : analysed(b, models)}
found = a.compare(
    b,
${indented(named(query))}
)
weights = np.stack([found.a, found.b, found.difference])[:, None]
print(weights.shape)
`;

const http = (base, [a, b], isOne, asked, guarded) => `import io
import json
import urllib.request

import numpy as np

base = ${quoted(base)}
headers = ${headersOf(guarded)}


def ask(address, body=None):
    request = urllib.request.Request(address, body and json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


a = json.loads(ask(base, ${dict(a)}))["id"]
b = ${isOne ? "a" : `json.loads(ask(base, ${dict(b)}))["id"]`}
weights = np.load(io.BytesIO(ask(f"{base}/{a}/compare/{b}?${asked}")))
print(weights.shape)
`;

/** An answer begins with its id. What a shell could take for the end of its command is written out: not every one reads over it. */
const curl = (base, [a, b], isOne, asked, file, guarded) => {
  const token = guarded ? " -H 'Authorization: Bearer TOKEN'" : "";
  const posted = (request) => `$(curl -sS --fail ${shell(base)} -H 'Content-Type: application/json'${token} --data-binary @- <<'JSON' |
${jsonText(request).replace(/['`$()]/g, (char) => unit(char, 0))}
JSON
  sed 's/^{"id":"\\([^"]*\\).*/\\1/')`;
  return `A=${posted(a)} && [ "$A" ] &&
B=${isOne ? "$A" : posted(b)} && [ "$B" ] &&
curl -sS --fail${token} ${shell(`${base}/`)}"$A"/compare/"$B"${shell(`?${asked}`)} -o ${shell(file)}
`;
};
