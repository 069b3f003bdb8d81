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

const begun = new Map();

/** `at` is the time stamp of the input event. */
export function begin(name, at = performance.now()) {
  begun.set(name, at);
}

/** Resolves behind the next frame's paint: that is when a task queued from within the frame runs. */
export function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    });
  });
}

/** Ends what has begun; to be called behind the paint that completes it. */
export function end(name) {
  const start = begun.get(name);
  if (start === undefined) return;
  begun.delete(name);
  performance.measure(`headscope:${name}`, { start, end: performance.now() });
}
