/** What the browser keeps for this page; a frame without an origin of its own keeps nothing. */

export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** What is the system's own way anyway is no choice: it follows the system again. */
export function choose(key, value, system) {
  if (value !== system) keep(key, value);
  else forget(key);
}

export function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // There was nothing.
  }
}

export function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then it holds until the page is closed.
  }
}
