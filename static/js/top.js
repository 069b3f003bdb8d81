/** Places of the `count` largest values, largest first, without those that `skip` names and those of 0. */
export function topOf(values, count, skip = () => false) {
  const best = [];
  for (let at = 0; at < values.length; at += 1) {
    if (values[at] <= 0 || (best.length === count && values[at] <= values[best[count - 1]]) || skip(at)) continue;
    let place = best.length;
    while (place > 0 && values[at] > values[best[place - 1]]) place -= 1;
    best.splice(place, 0, at);
    best.length = Math.min(best.length, count);
  }
  return best;
}
