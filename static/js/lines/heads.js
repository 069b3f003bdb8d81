/** Which heads of the open layer are drawn: a set that holds the open head, or that head alone. */
import { viewOf } from "../head.js";
import { layerOf } from "../tokens.js";

/** Heads that are drawn, ascending; a mean or maximum of the layer counts as one. */
export function drawnHeads(state) {
  const view = viewOf(state);
  const set = view.show === "head" ? (state.lineHeads?.split(",").map(Number) ?? []) : [];
  const known = set.filter((head) => head < layerOf(state.analysis, view).heads);
  return known.includes(view.head) ? known : [view.head];
}

/** What weights.js is asked for, one view for each head that is drawn. */
export const drawnViews = (state) => drawnHeads(state).map((head) => ({ ...viewOf(state), head }));

const spelled = (heads) => (heads.length > 1 ? [...heads].sort((one, other) => one - other).join() : null);

/** Fields of the store with this head in or out of the set; the last one stays. */
export function toggled(state, head) {
  const now = drawnHeads({ ...state, hoverHead: null });
  if (!now.includes(head)) return { lineHeads: spelled([...now, head]) };
  const rest = now.filter((each) => each !== head);
  if (!rest.length) return {};
  return { lineHeads: spelled(rest), head: rest.includes(state.head) ? state.head : rest[0] };
}

export const isolated = (head) => ({ head, lineHeads: null });

/** All heads of the layer, or the open one alone where all are drawn already. */
export function allOrOne(state) {
  const { heads } = layerOf(state.analysis, state);
  const isAll = drawnHeads({ ...state, hoverHead: null }).length === heads;
  return { lineHeads: isAll ? null : spelled(Array.from({ length: heads }, (_, head) => head)) };
}
