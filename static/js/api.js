/** One request to the server, and its failures as one kind of error. */

/** A problem as RFC 9457 has it; `name` is the last part of its type ("too-many-tokens"). */
class ApiError extends Error {
  constructor(name, status, detail, retryAfter = null) {
    super(detail);
    this.name = name;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export const wasAborted = (error) => error?.name === "AbortError";

/** Fetch and return the response, or throw ApiError; an abort stays an AbortError. */
export async function request(url, options = {}) {
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

export async function postJson(url, body, signal) {
  const response = await request(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
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
