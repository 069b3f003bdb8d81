/** Where the arithmetic is: by tokens, in whichever unit the page counts. */
import { binOf } from "../bins.js";
import { viewOf } from "../head.js";
import { stackOf } from "../tokens.js";
import { edgesOf } from "../units.js";

const edges = ({ document, stack, weights }, axis) => edgesOf(document, stackOf(document, stack)[axis], weights.lens.unit);

/** The head, and the tokens of what is selected: of a word its first. */
export const placeOf = (state) => ({
  view: { ...viewOf(state), show: "head" },
  query: edges(state, "queries")[state.query],
  key: edges(state, "keys")[state.key],
});

/** The key of the page that a token is, or is part of. */
export const keyOf = (state, token) => binOf(edges(state, "keys"), token);
