/** Waiting, and the page's own two measures (performance.measure, names "headscope:..."). */
import { wasAborted } from "./api.js";

/** Run only the newest piece of work: starting one aborts the one before. */
export function latest() {
  let controller = null;
  return async (work) => {
    controller?.abort();
    controller = new AbortController();
    try {
      return await work(controller.signal);
    } catch (error) {
      if (!wasAborted(error)) throw error;
      return undefined;
    }
  };
}

/** Call only when no newer call came for `ms`. */
export function settle(ms, call) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(call, ms, ...args);
  };
}

/** Call at most once in `ms`, the last time behind the last call. */
export function each(ms, call) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      call();
    }, ms);
  };
}

const begun = new Map();
const lapped = new Map();

/** `at` is the time stamp of the input event. */
export function begin(name, at = performance.now()) {
  begun.set(name, at);
}

/** Draws in the next frame and resolves behind its paint: that is when a task queued from within the frame runs. */
export function painted(draw = () => {}) {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      draw();
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    });
  });
}

export const measure = (name, start) => performance.measure(`headscope:${name}`, { start, end: performance.now() });

/** A first result of what has begun and goes on, once. */
export function lap(name, of) {
  const start = begun.get(of);
  if (start === undefined || lapped.get(name) === start) return;
  lapped.set(name, start);
  measure(name, start);
}

/** Ends what has begun; to be called behind the paint that completes it. */
export function end(name) {
  const start = begun.get(name);
  if (start === undefined) return;
  begun.delete(name);
  measure(name, start);
}
