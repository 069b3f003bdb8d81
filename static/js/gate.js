/** What is asked for in the background gives way: it stops when something is asked for at once, and begins again after. */
import { wasAborted } from "./api.js";

export function createGate() {
  let urgent = 0;
  const running = new Set();
  let waiting = [];

  return {
    /** Do this now. */
    async first(work) {
      urgent += 1;
      for (const own of running) own.abort();
      try {
        return await work();
      } finally {
        urgent -= 1;
        if (!urgent) {
          for (const go of waiting) go();
          waiting = [];
        }
      }
    },

    /** Do this while nothing is urgent; `signal` ends it for good. */
    async aside(work, signal) {
      for (;;) {
        signal?.throwIfAborted();
        while (urgent) await quiet(signal);
        const own = new AbortController();
        running.add(own);
        try {
          return await work(AbortSignal.any([signal, own.signal].filter(Boolean)));
        } catch (error) {
          if (!wasAborted(error) || signal?.aborted) throw error;
        } finally {
          running.delete(own);
        }
      }
    },
  };

  function quiet(signal) {
    return new Promise((resolve, reject) => {
      waiting.push(resolve);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }
}
