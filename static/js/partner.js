/** The token that one token makes the strongest pair with. */
import { sinksIn } from "./lens.js";
import { isSink, keysOf, keySpan, layerOf, queriesOf, querySpan } from "./tokens.js";

/**
 * What this token looks at most (`as` "query"), or what looks at it most ("key"), of what the mask
 * lets it; a sink that is off the scale only where there is nothing else.
 *
 * @returns {Promise<{query: number, key: number}>}
 */
export async function strongestPair(index, as, { weights, analysis, stack, layer, head, show, sinks }) {
  const view = { stack, layer, head, show };
  const [queries, keys] = [queriesOf(analysis, stack), keysOf(analysis, stack)];
  const [others, values, [first, last]] = as === "query"
    ? [keys, await weights.row(view, index), keySpan(layerOf(analysis, view), index, keys.length)]
    : [queries, await weights.column(view, index), querySpan(layerOf(analysis, view), index, queries.length)];
  const off = (i) => sinksIn({ sinks, weights }) === "off" && isSink(others[i], stack);
  let best = first;
  for (let i = first + 1; i <= last; i += 1) {
    if (off(best) === off(i) ? values[i] > values[best] : off(best)) best = i;
  }
  return as === "query" ? { query: index, key: best } : { query: best, key: index };
}
