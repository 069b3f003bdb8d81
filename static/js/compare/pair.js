/** Two analyses beside each other: asks for what a comparison needs, and keeps a few answers. */
import { again } from "../gone.js";
import { lensOf } from "../lens.js";
import { Lru } from "../lru.js";

/** Above this many rows or columns a picture has cells of several. */
const SIZE = 512;
/** A picture takes at most 3 x SIZE x SIZE bytes, 0.8 MB; a row of the longest text 0.1 MB. */
const [HELD_PICTURES, HELD] = [16, 60];

/**
 * @param lens  fields by which both are read (lens.js); what is kept or between is not part of a comparison
 * @param gate  a ranking reads every head, and gives way to whatever else is asked
 */
export function createPair(source, a, b, lens, gate) {
  const [pictures, others] = [new Lru(HELD_PICTURES), new Lru(HELD)];

  const readAs = (stack) => {
    const { hide, renormalise, unit } = lensOf(lens, stack);
    return { ...(hide && { hide }), ...(renormalise && { renormalise }), ...(unit && { unit }) };
  };

  /** Answers are kept as promises, so that they are asked for once; what is aborted is asked for anew. */
  function ask(call, query, signal, when = gate.first) {
    const held = query.dtype === "int8" ? pictures : others;
    const key = `${call} ${JSON.stringify(query)}`;
    const known = held.get(key);
    if (known) return known;
    const answer = when((own = signal) => again(source, [a.request, b.request], () => source[call](a.id, b.id, query, own), own), signal);
    let pending = true;
    const forget = () => pending && held.delete(key);
    signal?.addEventListener("abort", forget);
    answer.then(() => { pending = false; }, forget);
    held.set(key, answer);
    return answer;
  }

  const headQuery = (ours, theirs) => ({
    stack: ours.stack, other_stack: theirs.stack, layer: ours.layer, other_layer: theirs.layer,
    ...(ours.show === "head" ? { head: ours.head, other_head: theirs.head } : { reduce: `heads-${ours.show}` }),
    ...readAs(ours.stack),
  });

  const sized = (slots) => slots > SIZE && { size: SIZE };

  return {
    a,
    b,

    /** What a picture shows and of what, in words of the API; `slots` says how many rows or columns there are at most. */
    asked: (ours, theirs, slots) => ({ requests: [a.request, b.request], query: { ...headQuery(ours, theirs), ...sized(slots) } }),

    /** B beside A. */
    turned: () => createPair(source, b, a, lens, gate),

    /** {unit, queries, keys}: slots [a start, a stop, b start, b stop]. */
    alignment(ours, theirs, signal) {
      const { unit } = readAs(ours.stack);
      return ask("alignment", { stack: ours.stack, other_stack: theirs.stack, ...(unit && { unit }) }, signal);
    },

    /** The same A, B and A - B for drawing, in bytes. */
    head: (ours, theirs, slots, signal) => ask("comparison", { ...headQuery(ours, theirs), dtype: "int8", ...sized(slots) }, signal),

    /** The same in float32 for a few of the rows, [start, stop). */
    rows: (ours, theirs, range, signal) => ask("comparison",
      { ...headQuery(ours, theirs), queries: range.join(":") }, signal),

    /** Of every head of B how far it is from the same head of A, or from the one that is open. */
    ranking: (ours, theirs, fromOne, signal) => ask("ranking", {
      stack: ours.stack, other_stack: theirs.stack, ...(fromOne && { layer: ours.layer, head: ours.head }), ...readAs(ours.stack),
    }, signal, gate.aside),
  };
}
