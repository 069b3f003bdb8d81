/**
 * Every head as a thumbnail. A short text has them all in one small answer. Those of a long text come
 * in steps: first from a few sampled rows of each head, then layer by layer as exact maxima.
 */
import { wasAborted } from "./api.js";
import { SIZE, blockOf, sampled } from "./bins.js";
import { queriesOf, stackOf } from "./tokens.js";

/**
 * @param {(query, signal) => Promise} ask       the API's attention call with these parameters
 * @param {(query, signal) => Promise} askAside  the same when nothing else is asked for
 */
export function createThumbnails(analysis, stack, { inSteps, ask, askAside }) {
  const { layers } = stackOf(analysis, stack);
  const { length } = queriesOf(analysis, stack);
  const exact = new Set();
  const listeners = new Set();
  let answer = null;
  let controller = null;
  let failed = null;
  let stopped = false;
  const changed = () => listeners.forEach((call) => call());

  const first = (inSteps ? ask({ queries: sampled(length), size: SIZE }) : ask({ size: SIZE })).then((whole) => {
    answer = whole;
    if (!inSteps) {
      layers.forEach(({ index }) => exact.add(index));
      return;
    }
    answer.meta.query_bins = [0, length, SIZE];
    go();
  });

  async function go() {
    const own = new AbortController();
    controller = own;
    failed = null;
    changed();
    try {
      for (const [row, { index }] of layers.entries()) {
        if (exact.has(index)) continue;
        const { data } = await askAside({ layers: index, size: SIZE }, own.signal);
        answer.data.set(data, row * data.length);
        exact.add(index);
        changed();
      }
    } catch (error) {
      if (!wasAborted(error)) failed = error;
    } finally {
      controller = null;
      changed();
    }
  }

  return {
    /** Resolves when there is something to draw. */
    first,

    /** Bytes {data, shape, meta} of [layer][head][row][column] with w = (u / 255)^2 of scale. */
    answer: () => answer,

    inSteps,

    /** How far it is: indices of the layers whose every weight was looked at. */
    exact,
    layers: layers.length,
    isRunning: () => controller !== null,
    failed: () => failed,

    /** A reader who stops it is not overruled by `resume`. */
    stop() {
      stopped = true;
      controller?.abort();
    },
    go() {
      stopped = false;
      this.resume();
    },
    pause: () => controller?.abort(),
    resume() {
      if (answer && !stopped && !controller && exact.size < layers.length) go();
    },

    /** `call` when more is there. */
    onChange: (call) => listeners.add(call),

    /** One head as a block (bins.js), or null before anything is there. */
    block: (row, head) => answer && blockOf(answer, row, head),
  };
}
