/** The heads in another order than their own: by what they do, by the weight of the chosen pair, or by how far they are from B. */
import { headOf, kindOf, requestOf, understand } from "./compare/against.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { isHiding, sinksIn } from "./lens.js";
import { sinkShare } from "./measures.js";
import { chosen, setWords } from "./sets.js";
import { settle } from "./timing.js";
import { formatWeight, stackOf } from "./tokens.js";

const REST_MS = 40;
const percent = (share) => `${Math.round(100 * share)}%`;

/**
 * `values` promises {values, what, basis}: a number for each head, layer by layer, what it is unless that is always the
 * same, and what more is to be said of it. The smallest come first unless `sign` is -1.
 */
const SORTS = {
  entropy: { sign: 1, text: (bits) => bits.toFixed(2), values: measured(({ entropy }) => entropy) },
  distance: { sign: 1, text: (tokens) => tokens.toFixed(1), values: measured(({ distance }) => distance) },
  sinks: {
    sign: -1,
    text: percent,
    values: measured((head, { document, stack }) => sinkShare(head, document, stack), { unread: true }),
  },
  pair: {
    sign: -1,
    text: (weight) => formatWeight(weight, 2),
    values: async (state) => ({
      values: await state.weights.pair(state.stack, chosen(state, "query"), chosen(state, "key")),
      what: [t("sort.note.pair"), setWords(state)].filter(Boolean).join(t("comma")),
      basis: [],
    }),
  },
  difference: { sign: -1, text: (value) => formatWeight(value), values: differences },
};

function measured(read, how) {
  return async (state, hear) => {
    const heads = await state.weights.measures(state.stack, how).all(hear);
    return { values: heads.map((head) => read(head, state)), basis: basisOf(heads[0], state.weights.lens) };
  };
}

/** How far each head is from the same head of B; where B is no other text, from the one head of it that is compared. */
async function differences({ document, weights, models, stack, layer, head, against }) {
  const wanted = understand(against, document.request);
  const pair = await weights.beside(document, requestOf(document.request, wanted));
  const ours = { stack, layer, head, show: "head" };
  const theirs = headOf(pair.b, wanted, ours);
  const kind = kindOf(wanted);
  const found = await pair.turned().ranking(theirs, ours, kind !== "text");
  const measure = (wanted.order ?? "mean_abs").replace("least_", "");
  const { title } = models.find(({ id }) => id === pair.b.model.id) ?? { title: pair.b.model.id };
  const { keep, between } = weights.lens;
  return {
    values: found[measure]?.flat() ?? [],
    what: t(`sort.difference.${measure}`, t(`sort.from.${kind}`, t("head.name.head", theirs.layer, theirs.head), title)),
    basis: [
      ...(found.rows < found.aligned ? [t("goes.sampled", found.rows, found.aligned)] : []),
      ...(keep || between ? [t("goes.unfiltered")] : []),
    ],
  };
}

/** Whether the head that is compared with follows the open one. */
const follows = ({ sort, against, document }) => {
  const { layer, head, edit } = understand(against, document.request);
  return sort === "difference" && !edit && (layer === undefined || head === undefined);
};

/** The sorted heads {layer, head, text, title} of what is open, or null where they stand as they are. */
export function orderIn({ order, weights, sort, stack }) {
  return sort && order?.weights === weights && order.sort === sort && order.stack === stack ? order.heads : null;
}

export function createSorting(store, session) {
  const select = byId("sort");
  const note = byId("sort-note");
  let newest = 0;

  async function refresh() {
    const state = store.get();
    const sort = SORTS[state.sort];
    const own = ++newest;
    const isWanted = () => own === newest && store.get().weights === state.weights;
    if (!sort || !state.weights) {
      note.textContent = "";
      store.set({ order: null });
      return;
    }
    try {
      const hear = (done) => isWanted() && say(t("sort.measuring", done, layersOf(state).length), true);
      const { values, what = t(`sort.note.${state.sort}`), basis } = await sort.values(state, hear);
      if (!isWanted()) return;
      store.set({ order: { weights: state.weights, sort: state.sort, stack: state.stack, heads: sorted(values, what, state, sort) } });
      say([what, ...readingOf(state), ...basis].join(t("comma")));
    } catch {
      if (isWanted()) say(t("sort.failed"));
    }
  }

  /** What is under way is shown, and not spoken layer by layer. */
  const say = (text, busy = false) => {
    note.setAttribute("aria-busy", String(busy));
    note.textContent = text;
  };

  select.addEventListener("change", () => store.set({ sort: select.value || null }, { history: "push" }));
  const show = () => {
    const { sort, against, view } = store.get();
    select.value = sort in SORTS ? sort : "";
    byId("sort-difference").disabled = against === null && view !== "compare" && sort !== "difference";
  };
  session.onAnalysis(async () => {
    show();
    refresh();
  });
  store.on(["sort", "against", "view"], show);
  store.on(["sort", "lang", "stack"], ({ phase }) => phase === "ready" && refresh());
  const soon = settle(REST_MS, refresh);
  store.on(["query", "key", "querySet", "keySet"], ({ sort, phase }) => sort === "pair" && phase === "ready" && soon());
  store.on(["against", "layer", "head"], (state, how, changed) => {
    if (state.phase === "ready" && state.sort === "difference" && (changed.has("against") || follows(state))) soon();
  });
}

const layersOf = ({ analysis, stack }) => stackOf(analysis, stack).layers;

/** What a sink takes is told as the model has it; the rest as it is read. */
const readingOf = (state) => (state.sort !== "sinks" && isHiding(sinksIn(state)) ? [t(`reading.${sinksIn(state)}`)] : []);

/** Which rows were measured, where it is not all; and that it was by tokens and of all weights, where the page reads others. */
export const basisOf = ({ sampled, rows: [start, stop, step] }, { unit, keep, between }) => [
  ...(sampled ? [t("goes.sampled", Math.ceil((stop - start) / step), stop)] : []),
  ...(unit === "word" ? [t("goes.byTokens")] : []),
  ...(keep || between ? [t("goes.unfiltered")] : []),
];

/** Heads without a number come last; equal ones stay in their order. */
function sorted(values, what, state, { sign, text }) {
  const heads = layersOf(state).flatMap(({ index, heads: count }) =>
    Array.from({ length: count }, (_, head) => ({ layer: index, head })));
  const rank = ([, value]) => (value === null ? Infinity : sign * value);
  return heads.map((at, i) => [at, values[i] ?? null]).sort((a, b) => rank(a) - rank(b) || 0).map(([at, value]) => {
    const said = value === null ? "–" : text(value);
    return { ...at, text: said, title: t("sort.title", what, said) };
  });
}
