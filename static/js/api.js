/**
 * One request to the server, and its failures as one kind of error.
 *
 * Every call of the API may be sent again: equal requests have equal answers. So a server that is
 * gone, busy or still loading a model, or answers so often and no more, is waited for here, and no
 * view has to know.
 */

/** A problem as RFC 9457 has it; `name` is the last part of its type ("too-many-tokens"). */
class ApiError extends Error {
  constructor(name, status, detail, retryAfter = null) {
    super(detail);
    this.name = name;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

const PATIENCE_MS = 60_000;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 4000;

let tell = () => {};
let cutOff = 0;

/** `call(lost)` hears when calls begin to wait for a server that does not answer, and when none does any more. */
export function followConnection(call) {
  tell = call;
}

function count(change) {
  cutOff += change;
  tell(cutOff > 0);
}

export const wasAborted = (error) => error?.name === "AbortError";

/** Fetch and return the response, or throw ApiError; an abort stays an AbortError. */
export async function request(url, options = {}) {
  const began = performance.now();
  let lost = false;
  try {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await once(url, options);
      } catch (error) {
        const wait = waitFor(error, attempt);
        if (!isWorthWaiting(error, performance.now() - began + wait)) throw error;
        if (!lost && error.name === "unreachable") count(1);
        lost ||= error.name === "unreachable";
        await pause(wait, options.signal);
      }
    }
  } finally {
    if (lost) count(-1);
  }
}

/** A load ends at some time; a server that is gone may be gone for good. */
const isWorthWaiting = ({ name }, waited) => name === "model-loading"
  || (["unreachable", "busy", "rate-limited"].includes(name) && waited < PATIENCE_MS);

const waitFor = ({ retryAfter }, attempt) =>
  (retryAfter === null ? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) : 1000 * retryAfter);

async function once(url, options) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
  } catch (error) {
    if (wasAborted(error)) throw error;
    throw new ApiError("unreachable", 0, "");
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

export async function postJson(url, body, signal, headers = {}) {
  const response = await request(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal,
  });
  return response.json();
}

async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  const name = (problem.type ?? "").split("#")[1] ?? "internal";
  const retryAfter = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return new ApiError(name, response.status, problem.detail ?? problem.title ?? response.statusText,
    Number.isNaN(retryAfter) ? null : retryAfter);
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
