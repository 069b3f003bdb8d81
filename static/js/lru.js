/** A small cache that forgets what was used longest ago. */
export class Lru {
  #held = new Map();

  constructor(limit) {
    this.limit = limit;
  }

  get(key) {
    const value = this.#held.get(key);
    if (value !== undefined) {
      this.#held.delete(key);
      this.#held.set(key, value);
    }
    return value;
  }

  set(key, value) {
    this.#held.delete(key);
    this.#held.set(key, value);
    if (this.#held.size > this.limit) this.#held.delete(this.#held.keys().next().value);
  }

  delete(key) {
    this.#held.delete(key);
  }
}
