/** Keys taken out of sight, as the server does it (app/metrics/hiding.py): for a saved page, which has none. */

const KINDS = {
  special: (token) => token.special,
  first: (token) => token.index === 0,
  punctuation: (token, texts) => isPunctuation(token, texts),
};

/** Indices of the keys that `kinds` name ("special,first"); `texts` as characters (units.js). */
export function hiddenKeys(tokens, texts, kinds) {
  if (!kinds) return [];
  const tests = kinds.split(",").map((kind) => KINDS[kind]);
  return tokens.filter((token) => tests.some((test) => test(token, texts))).map(({ index }) => index);
}

/** By Unicode, and the ASCII symbols that tokenizers split off like punctuation. */
function isPunctuation({ added, segment, start, end }, texts) {
  if (added) return false;
  const piece = texts[segment].slice(start, end).join("").trim();
  return piece !== "" && Array.from(piece).every((char) => /^(\p{P}|[!-/:-@[-`{-~])$/u.test(char));
}

/** Whole rows of a head, one behind the other, with these keys at 0; `renormalise` gives what they had to the rest of their row. */
export function rowsOf(head, columns, queries, hidden, renormalise) {
  const rows = new Float32Array(queries.length * columns);
  queries.forEach((query, at) => {
    const row = rows.subarray(at * columns, (at + 1) * columns);
    row.set(head.subarray(query * columns, (query + 1) * columns));
    if (!hidden.length) return;
    const before = renormalise && sumOf(row);
    for (const key of hidden) row[key] = 0;
    if (renormalise) share(row, before);
  });
  return rows;
}

function share(row, before) {
  const left = sumOf(row);
  const factor = left > 0 ? before / left : 0;
  for (let key = 0; key < row.length; key += 1) row[key] *= factor;
}

const sumOf = (row) => row.reduce((sum, weight) => sum + weight, 0);
