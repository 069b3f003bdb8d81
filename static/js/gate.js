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
        while (urgent) await new Promise((resolve) => waiting.push(resolve));
        signal?.throwIfAborted();
        const own = new AbortController();
        const leave = () => own.abort();
        signal?.addEventListener("abort", leave);
        running.add(own);
        try {
          return await work(own.signal);
        } catch (error) {
          if (!wasAborted(error) || signal?.aborted) throw error;
        } finally {
          running.delete(own);
          signal?.removeEventListener("abort", leave);
        }
      }
    },
  };
}
