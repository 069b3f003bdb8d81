/** What is left in sight of weights that the page itself holds, number by number as app/metrics/keeping.py has it. */

/** A sum that is short by this share of itself has reached what was asked for: it is rounding. */
const SLACK = 1e-9;

/** Whether a weight's fate hangs on the others of its row. */
export const isByRow = (keep) => Boolean(keep) && !keep.startsWith("min");

/** Sets to 0, in place, what a filter ("top:5") does not leave of rows of `width` keys. */
export function applyKeep(plane, width, keep) {
  const [rule, text] = keep.split(":");
  const amount = Number(text);
  for (let start = 0; start < plane.length; start += width) {
    const row = plane.subarray(start, start + width);
    if (rule === "min") dropBelow(row, Math.fround(amount));
    else {
      const falling = row.slice().sort().reverse();
      dropAllBut(row, falling, rule === "top" ? Math.min(amount, width) : countOf(falling, amount));
    }
  }
}

function dropBelow(row, least) {
  for (let key = 0; key < row.length; key += 1) if (row[key] < least) row[key] = 0;
}

/** Leaves the `count` strongest; of equal weights the earlier is the stronger. */
function dropAllBut(row, falling, count) {
  const weakest = falling[count - 1];
  let spare = count - falling.indexOf(weakest);
  for (let key = 0; key < row.length; key += 1) {
    if (row[key] === weakest && spare > 0) spare -= 1;
    else if (row[key] <= weakest) row[key] = 0;
  }
}

/** How many of the strongest weights make up this share of them all. */
function countOf(falling, share) {
  const sums = Float64Array.from(falling);
  for (let i = 1; i < sums.length; i += 1) sums[i] += sums[i - 1];
  const wanted = share * (1 - SLACK) * sums.at(-1);
  return sums.findIndex((sum) => sum >= wanted) + 1;
}

/** Sets to 0, in place, what is not from the tokens of one text to those of another ("ab"). */
export function applyBetween(plane, queries, keys, between) {
  const [from, to] = [...between].map((text) => "ab".indexOf(text));
  for (let at = 0; at < plane.length; at += 1) {
    if (queries[Math.floor(at / keys.length)].segment !== from || keys[at % keys.length].segment !== to) plane[at] = 0;
  }
}
