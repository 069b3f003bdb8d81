/** The numbers of each picture, exactly as the API has them. */
import { SIZE } from "./bins.js";
import { h } from "./dom.js";
import { filterWords } from "./filters.js";
import { t } from "./i18n.js";
import { isGone, sinksIn } from "./lens.js";
import { sinkShare } from "./measures.js";
import { createNumbers } from "./numbers.js";
import { basisOf, orderIn } from "./sorting.js";
import { countOf, spansIn } from "./ranges.js";
import { aboutOf, aboutSide, chosen, isCross, isPairGone, nameOf, setWords, subjectOf } from "./sets.js";
import { formatWeight, keysOf, keySpan, layerOf, queriesOf, shorten, stackOf } from "./tokens.js";
import { directionWords, headWords, overviewWords, pairWords } from "./words.js";

const LINES = 100;
const WINDOW = [16, 16];
const LONGEST_NAME = 24;

export function createTables(store) {
  for (const of of [OVERVIEW, PAIR, HEAD, ROW, COLUMN]) createNumbers(store, of);
}

const selectedView = ({ stack, layer, head, show }) => ({ stack, layer, head, show });
const headName = ({ show, layer, head }) => t(`head.name.${show}`, layer, head);
export const range = ([from, to]) => Array.from({ length: to - from }, (_, i) => from + i);
export const tokenName = ({ text, index }) => h("span", { title: text }, h("bdi", {}, shorten(text, LONGEST_NAME)), " ",
  h("span", { class: "index" }, String(index)));
const named = (tokens, span) => tokens.slice(...span).map(tokenName);
const layersOf = ({ analysis, stack }) => stackOf(analysis, stack).layers;

const isHidden = (state, key) => isGone(sinksIn(state), keysOf(state.analysis, state.stack)[key], state.stack);

/** The weight as text, or why there is none: the mask forbids to look, the key is hidden, a filter took it. */
export function cell(state, query, key, weight) {
  const { analysis, weights, stack, layer } = state;
  if (isHidden(state, key)) return t("numbers.hidden");
  const [first, last] = keySpan(layerOf(analysis, { stack, layer }), query, keysOf(analysis, stack).length);
  if (key < first || key > last) return t("numbers.masked");
  return weight === 0 && filterWords(weights.lens) ? t("filter.cell") : formatWeight(weight);
}

const OVERVIEW = {
  picture: "overview",
  after: "overview-steps",
  title: () => t("overview.title"),
  words: overviewWords,
  axes: ["heads"],
  most: [LINES, 5],
  extent: (state) => [layersOf(state).reduce((sum, { heads }) => sum + heads, 0), 5],
  selected: (state) => [heads(state).findIndex(({ layer, head }) => layer === state.layer && head === state.head), null],
  async table(state, rows) {
    const { weights, document, stack } = state;
    const [largest, own, read, pair] = await Promise.all([weights.offSinks(stack, "max"),
      weights.measures(stack, { unread: true }).all(), weights.measures(stack).all(), pairOf(state)]);
    const places = new Map(own.map(({ layer, head }, at) => [headOf(layer, head), at]));
    return {
      caption: [weights.isLong(stack) ? t("overview.sampled", SIZE) : t("overview.title"),
        ...basisOf(own[0], weights.lens)].join(t("comma")),
      corner: t("head.head"),
      columns: ["largest", "sinkShare", "entropy", "distance", "pair"].map((name) => t(`numbers.${name}`)),
      rows: heads(state).slice(...rows).map(({ layer, head }) => {
        const at = places.get(headOf(layer, head));
        const { entropy, distance } = read[at];
        return [headOf(layer, head), formatWeight(largest[at]), `${(100 * sinkShare(own[at], document, stack)).toFixed(1)}%`,
          entropy.toFixed(3), distance?.toFixed(2) ?? "–", isPairGone(state) ? t("numbers.hidden") : formatWeight(pair[at])];
      }),
    };
  },
};

const headOf = (layer, head) => `L${layer}H${head}`;

/** In the order in which the grid has them. */
const heads = (state) => orderIn(state) ?? layersOf(state).flatMap(({ index, heads: count }) =>
  range([0, count]).map((head) => ({ layer: index, head })));

const pairOf = (state) => state.weights.pair(state.stack, chosen(state, "query"), chosen(state, "key"));

const pairTitle = (state) =>
  [t("pair.title", nameOf(state, "query"), nameOf(state, "key")), setWords(state)].filter(Boolean).join(" ");

const PAIR = {
  picture: "pair-grid",
  after: "pair-list",
  title: pairTitle,
  words: pairWords,
  axes: ["layers", "heads"],
  most: [40, 32],
  extent: (state) => [layersOf(state).length, layersOf(state)[0].heads],
  selected: (state) => [layersOf(state).findIndex(({ index }) => index === state.layer), state.head],
  async table(state, rows, columns) {
    const values = await pairOf(state);
    const across = layersOf(state)[0].heads;
    return {
      caption: pairTitle(state),
      corner: t("numbers.corner.layerHead"),
      columns: range(columns).map((head) => `H${head}`),
      rows: range(rows).map((row) => [`L${layersOf(state)[row].index}`,
        ...range(columns).map((head) =>
          (isPairGone(state) ? t("numbers.hidden") : formatWeight(values[row * across + head])))]),
    };
  },
};

const HEAD = {
  picture: "heatmap",
  after: "head-legend",
  title: headName,
  words: headWords,
  axes: ["queries", "keys"],
  most: WINDOW,
  extent: ({ analysis, stack }) => [queriesOf(analysis, stack).length, keysOf(analysis, stack).length],
  selected: ({ query, key }) => [query, key],
  async table(state, rows, columns) {
    const { analysis, stack, weights } = state;
    const values = await weights.cells(selectedView(state), rows, columns);
    const across = columns[1] - columns[0];
    return {
      caption: headName(state),
      corner: t("numbers.corner.queryKey"),
      columns: named(keysOf(analysis, stack), columns),
      rows: named(queriesOf(analysis, stack), rows).map((name, y) => [name, ...range(columns).map((key, x) =>
        cell(state, rows[0] + y, key, values[y * across + x]))]),
    };
  },
};

/** The list under the text has the direction that the text shows, the one below it the other. */
const directionAt = (state, isFirst) => ((state.direction === "looks") === isFirst ? "looks" : "looked");

const TITLES = { looks: "row.looksAt", looked: "row.lookedAtBy" };

/** A list of weights: where the subject of the text looks, or who looks at it. */
function listOf(picture, after, isFirst) {
  const at = (state) => directionAt(state, isFirst);
  const others = (state) => (at(state) === "looks" ? keysOf : queriesOf)(state.analysis, state.stack);
  const title = (state) => t(TITLES[at(state)], nameOf(state, aboutSide(state, at(state)), aboutOf(state, at(state))));
  const other = (state) => state[at(state) === "looks" ? "key" : "query"];
  return {
    picture,
    after,
    title,
    words: (state) => directionWords(state, at(state)),
    axes: [isFirst ? "keys" : "queries"],
    most: [LINES, 1],
    extent: (state) => [others(state).length, 1],
    selected: (state) => [isFirst || isCross(state) ? other(state) : spansIn(subjectOf(state))[0][0], null],
    follows: ["direction"],
    async table(state, rows) {
      const [looks, subject] = [at(state) === "looks", aboutOf(state, at(state))];
      const values = await (looks ? state.weights.row : state.weights.column)(selectedView(state), subject);
      const tokens = others(state);
      const [[first]] = spansIn(subject);
      const text = (place) => (countOf(subject) > 1 ? formatWeight(values[place])
        : looks ? cell(state, first, place, values[place]) : cell(state, place, first, values[place]));
      return {
        caption: title(state),
        corner: t(`numbers.corner.${looks ? "key" : "query"}`),
        columns: [t("numbers.weight")],
        rows: range(rows).map((place) => [tokenName(tokens[place]), text(place)]),
      };
    },
  };
}

const ROW = listOf("sentence", "row-note", true);
const COLUMN = listOf("column-bars", "column-note", false);
