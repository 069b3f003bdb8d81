/** Lines from each query to the keys it looks at, for one head or several. */
import { css } from "./colour.js";
import { h } from "./dom.js";
import { extend, t } from "./i18n.js";
import { sinksIn } from "./lens.js";
import en from "./texts/lines.en.js";
import zh from "./texts/lines.zh.js";
import { countOf, isIn, spansIn } from "./ranges.js";
import { chosen } from "./sets.js";
import { palette } from "./theme.js";
import { createBoard } from "./lines/board.js";
import { headColour } from "./lines/colours.js";
import { gather } from "./lines/gather.js";
import { drawnViews } from "./lines/heads.js";
import { legendOf, noteOf } from "./lines/says.js";
import { createStrip } from "./lines/strip.js";
import { createTools } from "./lines/tools.js";
import { createWords } from "./lines/words.js";

extend({ en, zh });

export const FIELDS = [
  "stack", "layer", "head", "show", "hoverHead", "query", "key", "querySet", "keySet", "hoverCell", "scale", "sinks", "theme", "lang",
  "lineHeads", "lineQueries", "lineMass", "lineLayout", "lineSide", "lineSight",
];

const SLOW_MS = 150;

export function create(root, store) {
  const [strip, tools] = [createStrip(store), createTools(store)];
  const note = h("p", { id: "lines-note", class: "lines-note" });
  const legend = h("p", { id: "lines-legend", class: "quiet" });
  const frame = h("div", { id: "lines-board", class: "lines-board", role: "group", "data-t-label": "lines.label" });
  root.append(strip.root, tools.root, frame, note, legend);
  const board = createBoard(frame, {
    onPoint(side, index) {
      const { query, key } = store.get();
      store.set({ hoverCell: index === null ? null : { query, key, [side]: index }, lineSide: index === null ? null : side });
    },
    onPick(side, index, history) {
      store.set({ [side]: index, hoverCell: null, lineSide: null }, { history });
    },
    pointed: (side) => pointedAt(store.get(), side),
    onSight: (lineSight) => store.get().analysis && store.set({ lineSight }),
  });
  const endWords = createWords(store);
  const held = holding();

  async function draw(state, signal) {
    frame.setAttribute("aria-label", t("lines.label"));
    strip.show(state);
    tools.show(state);
    board.arrange(state);
    const place = placeOf(state, board.sight());
    const slow = setTimeout(() => root.classList.add("waiting"), SLOW_MS);
    const found = await held(state, place).finally(() => {
      clearTimeout(slow);
      root.classList.remove("waiting");
    });
    signal.throwIfAborted();
    const beyond = board.paint(state, found, lookOf(state, place, found));
    note.textContent = noteOf(state, place, found, beyond);
    legend.textContent = legendOf(state, found);
  }

  return {
    draw,
    close() {
      board.close();
      endWords();
    },
  };
}

/** Pointing at a line asks for the same lines again. */
function holding() {
  let [weights, key, found] = [null, null, null];
  return (state, place) => {
    const wanted = JSON.stringify([drawnViews(state), place, state.lineMass, sinksIn(state)]);
    if (weights !== state.weights || key !== wanted) {
      [weights, key, found] = [state.weights, wanted, gather(state, place)];
      found.catch(() => { key = null; });
    }
    return found;
  };
}

const pointedAt = ({ hoverCell, lineSide }, side) => (lineSide === side && hoverCell ? hoverCell[side] : null);

/**
 * What lines are asked for, as spans of queries: those of the query that is pointed at or selected, or of all in sight; of
 * a set those in sight.
 */
function placeOf(state, [first, last]) {
  const inSight = ([start, stop]) => [Math.max(start, first), Math.min(stop, last + 1)];
  if (state.lineQueries === "all") return { queries: [inSight([0, Infinity])], key: null };
  const [query, key] = ["query", "key"].map((side) => pointedAt(state, side));
  if (query !== null || !state.querySet) return { queries: [[query ?? state.query, (query ?? state.query) + 1]], key };
  return { queries: spansIn(state.querySet).map(inSight).filter(([start, stop]) => start < stop), key };
}

/** One head is drawn as attention is everywhere: where a query looks, and in a second hue who looks at a key. */
function lookOf(state, { key }, { heads }) {
  const colours = palette(state.theme);
  const [atQuery, atKey] = ["query", "key"].map((side) => pointedAt(state, side));
  const query = atQuery ?? state.query;
  const focus = atQuery === null ? chosen(state, "query") : `${atQuery}:${atQuery + 1}`;
  const isFocus = (line) => (atKey === null ? isIn(focus, line.query) : line.key === atKey);
  const own = (line) => css(atKey !== null && isFocus(line) ? colours.second : colours.accent);
  return {
    colours,
    scale: state.scale,
    query,
    isRow: state.lineQueries === "one" && key === null && countOf(focus) === 1,
    sets: { query: state.querySet, key: state.keySet },
    isFocus,
    colourOf: heads.length > 1 ? ({ head }) => headColour(state.theme, head) : own,
    pointed: state.lineSide ? { [state.lineSide]: atKey ?? atQuery } : state.hoverCell ?? {},
  };
}
