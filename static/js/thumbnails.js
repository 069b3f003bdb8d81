/**
 * Every head as a thumbnail. A short text has them all in one small answer. Those of a long text come
 * in steps: first from a few sampled rows of each head, then layer by layer as exact maxima.
 */
import { wasAborted } from "./api.js";
import { SIZE, blockOf, sampled } from "./bins.js";
import { queriesOf, stackOf } from "./tokens.js";

/**
 * @param {(query, signal) => Promise} ask       the API's attention call with these parameters
 * @param {(query, signal) => Promise} askAside  the same when nothing else is asked for, of an analysis that is held
 */
export function createThumbnails(analysis, stack, { inSteps, ask, askAside }) {
  const { layers } = stackOf(analysis, stack);
  const { length } = queriesOf(analysis, stack);
  const exact = new Set();
  const listeners = new Set();
  const life = new AbortController();
  let answer = null;
  let running = null;
  let failed = null;
  let stopped = false;
  let paused = false;
  const changed = () => listeners.forEach((call) => call());

  const first = ask({ size: SIZE, ...(inSteps && { queries: sampled(length) }) }, life.signal).then((whole) => {
    answer = whole;
    if (!inSteps) {
      layers.forEach(({ index }) => exact.add(index));
      return;
    }
    answer.meta.query_bins = [0, length, SIZE];
    go();
  });

  /** Layer by layer, unless it goes on already or may not; `askNext` asks for the next one. */
  async function go(askNext = askAside) {
    if (running || stopped || paused || !answer || exact.size === layers.length) return;
    running = new AbortController();
    failed = null;
    changed();
    try {
      await stream(askNext, running.signal);
    } catch (error) {
      if (!wasAborted(error)) failed = error;
    }
    running = null;
    changed();
    if (!failed) go(); // it may have been paused and resumed before it had heard of the first
  }

  async function stream(askNext, signal) {
    let call = askNext;
    for (const [row, { index }] of layers.entries()) {
      if (exact.has(index)) continue;
      const { data } = await call({ layers: index, size: SIZE }, signal);
      answer.data.set(data, row * data.length);
      exact.add(index);
      changed();
      call = askAside;
    }
  }

  function pause() {
    paused = true;
    running?.abort();
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
    isRunning: () => running !== null,
    failed: () => failed,

    /** A reader who stops it is not overruled by `resume`. */
    stop() {
      stopped = true;
      running?.abort();
    },

    /** What a reader asks for is asked for at once: that brings back an analysis that the server let go. */
    go() {
      stopped = false;
      go(ask);
    },

    pause,
    resume() {
      paused = false;
      go();
    },

    /** Nobody will look at it any more. */
    close() {
      pause();
      life.abort();
    },

    /** `call` when more is there. */
    onChange: (call) => listeners.add(call),

    /** One head as a block (bins.js), or null before anything is there. */
    block: (row, head) => answer && blockOf(answer, row, head),
  };
}
