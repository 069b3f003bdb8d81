/** Positions of one axis as the API has them: "3:5,7:8". */

/** That the API takes of one axis. */
export const MOST_RANGES = 64;

/** [start, stop) of each range. */
export const spansIn = (ranges) => ranges.split(",").map((range) => range.split(":").map(Number));

export const placesIn = (ranges) =>
  spansIn(ranges).flatMap(([start, stop]) => Array.from({ length: stop - start }, (_, i) => start + i));

export const countOf = (ranges) => spansIn(ranges).reduce((sum, [start, stop]) => sum + stop - start, 0);

export const isIn = (ranges, place) => spansIn(ranges).some(([start, stop]) => place >= start && place < stop);

/** These places as ranges, ascending; null where they are no set: one alone, or in too many pieces. */
export function rangesOf(places) {
  const spans = [];
  for (const place of [...new Set(places)].sort((a, b) => a - b)) {
    if (spans.at(-1)?.[1] === place) spans.at(-1)[1] += 1;
    else spans.push([place, place + 1]);
  }
  const ranges = spans.map((span) => span.join(":")).join();
  return spans.length && spans.length <= MOST_RANGES && countOf(ranges) > 1 ? ranges : null;
}
