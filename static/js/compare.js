/** Two heads side by side, and the one minus the other: of one text or two, of one model or two. */
import { stepOf, within } from "./arrows.js";
import { headOf, kindOf, requestOf, spell, understand } from "./compare/against.js";
import { createAxis } from "./compare/axis.js";
import { createCell } from "./compare/cell.js";
import { createLegend } from "./compare/legend.js";
import { createMaps } from "./compare/maps.js";
import { makeComparison } from "./compare/picture.js";
import { createRanking } from "./compare/ranking.js";
import { notesOf, questionOf, titlesOf } from "./compare/said.js";
import { createToolbar } from "./compare/toolbar.js";
import { createWords } from "./compare/words.js";
import { h } from "./dom.js";
import { viewOf } from "./head.js";
import { extend, t } from "./i18n.js";
import en from "./texts/compare.en.js";
import zh from "./texts/compare.zh.js";
import { palette } from "./theme.js";
import { begin } from "./timing.js";
import { layerOf, stackOf } from "./tokens.js";

extend({ en, zh });

export const FIELDS = ["stack", "layer", "head", "show", "hoverHead", "scale", "sinks", "theme", "lang", "against", "models"];

const SLOW_MS = 150;

export function create(root, store) {
  const toolbar = createToolbar(store);
  const note = h("p", { class: "quiet compare-note", role: "status" });
  const cell = createCell();
  const stage = h("div", {
    id: "compare-maps", class: "compare-maps", tabindex: 0, role: "application",
    "data-t-label": "compare.maps", "aria-label": t("compare.maps"),
  });
  const maps = createMaps(stage);
  const legend = createLegend();
  const ranking = createRanking({ onOrder: (order) => choose({ ...said(), order }), onOpen: open });
  const element = h("div", { class: "compare" }, toolbar.element, note, cell.element, cell.spoken, stage, legend.element, ranking.element);
  root.append(element);
  /** What is drawn: {pair, ours, theirs, axes, ...}; the cell that keys or a click chose; the one under the pointer. */
  let [drawn, cursor, pointed] = [null, null, null];
  let about = "";
  let endWords = null;

  const said = () => understand(store.get().against, store.get().document.request);
  const choose = (wanted) => store.set({ against: spell(wanted) }, { history: "push" });

  /** A head of B; where another text is compared, the same head of both. */
  function open(place) {
    begin("head-switch");
    const wanted = said();
    if (kindOf(wanted) === "text") store.set({ ...place, hoverHead: null, show: "head" }, { history: "push" });
    else choose({ ...wanted, ...place });
  }

  async function draw(state, signal) {
    const wanted = understand(state.against, state.document.request);
    toolbar.show(state, wanted);
    ranking.wait();
    const slow = setTimeout(() => {
      stage.classList.add("waiting");
      note.textContent = t("compare.reading");
    }, SLOW_MS);
    try {
      const next = await compared(state, wanted, signal);
      signal.throwIfAborted();
      show(state, wanted, next);
    } finally {
      clearTimeout(slow);
      if (!signal.aborted) settled();
    }
  }

  /** What was read is shown, or the picture before stays as it is: nothing is being read any more. */
  function settled() {
    stage.classList.remove("waiting");
    note.textContent = about;
  }

  function show(state, wanted, next) {
    const { pair, ours, theirs, slots, axes, answer } = next;
    if (drawn?.axes !== axes) [cursor, pointed] = [null, null];
    drawn = {
      ...next, titles: titlesOf(state, wanted, next), rowOf: (row) => pair.rows(ours, theirs, [row, row + 1]),
      asked: pair.asked(ours, theirs, slots),
    };
    const picture = makeComparison(answer, axes, [layerOf(pair.a, ours), layerOf(pair.b, theirs)],
      { scale: state.scale, sinks: ours.sinks, colours: palette(state.theme) });
    toolbar.showHead(pair.b, theirs);
    about = notesOf(state, next, picture);
    maps.draw(picture, drawn.titles);
    legend.draw(picture);
    mark();
    endWords ??= createWords(store);
    ranking.draw(questionOf(wanted, next));
  }

  /** The cell in question: under the pointer, hovered elsewhere on the page, chosen here, or selected. */
  function mark() {
    const picture = maps.picture();
    if (!picture) return;
    const { hoverCell, query, key } = store.get();
    const place = (of) => ({ row: drawn.axes.queries.ofA(of.query), column: drawn.axes.keys.ofA(of.key) });
    const selected = known(cursor ?? place({ query, key }));
    const hovered = known(pointed ?? (hoverCell && place(hoverCell)));
    maps.mark([selected, hovered]);
    if (hovered ?? selected) cell.show(picture, hovered ?? selected, drawn.rowOf, !hovered);
    tell(picture, selected);
  }

  /** What those who read it in words and numbers are told of. */
  function tell(picture, selected) {
    const { compared } = store.get();
    const same = compared?.picture === picture && compared.selected.row === selected?.row && compared.selected.column === selected.column;
    const { titles, rowOf, asked } = drawn;
    if (selected && !same) store.set({ compared: { picture, selected, titles, rowOf, asked } });
  }

  /** A's token or word where it has one; a slot of B's alone stays this view's own. */
  function select(place, history) {
    const cellOfA = placeInA(place);
    cursor = cellOfA ? null : place;
    pointed = null;
    if (cellOfA) store.set({ ...cellOfA, hoverCell: null }, { history });
    mark();
  }

  function placeInA({ row, column }) {
    const [query, key] = [drawn.axes.queries.inA(row), drawn.axes.keys.inA(column)];
    return query === null || key === null ? null : { query, key };
  }

  stage.addEventListener("pointermove", (event) => {
    pointed = drawn && maps.at(event);
    store.set({ hoverCell: pointed && placeInA(pointed) });
    mark();
  });
  stage.addEventListener("pointerleave", () => {
    pointed = null;
    store.set({ hoverCell: null });
    mark();
  });
  stage.addEventListener("click", (event) => {
    const place = drawn && maps.at(event);
    if (place) select(place, "push");
  });
  stage.addEventListener("keydown", (event) => {
    if (event.key === "Enter") stage.dispatchEvent(new CustomEvent("keep", { bubbles: true }));
    const step = stepOf(event);
    if (!step || !drawn) return;
    event.preventDefault();
    const { axes } = drawn;
    const { query, key } = store.get();
    const from = cursor ?? { row: axes.queries.ofA(query), column: axes.keys.ofA(key) };
    select({
      row: within(from.row + step[0], axes.queries.length), column: within(from.column + step[1], axes.keys.length),
    }, "replace");
  });
  const ignore = store.on(["hoverCell", "query", "key"], (state, how, changed) => {
    if (changed.has("query") || changed.has("key")) cursor = null;
    if (drawn) mark();
  });
  const resized = new ResizeObserver(() => {
    if (!drawn) return;
    maps.resize();
    mark();
  });
  resized.observe(stage);

  return {
    draw,
    close() {
      ignore();
      resized.disconnect();
      ranking.wait();
      endWords?.();
      store.set({ compared: null });
    },
  };
}

const known = (place) => (place && place.row >= 0 && place.column >= 0 ? place : null);

/** All that is drawn of two heads. */
async function compared(state, wanted, signal) {
  const { document, weights } = state;
  const pair = await weights.beside(document, requestOf(document.request, wanted), signal);
  const ours = viewOf(state);
  const theirs = headOf(pair.b, wanted, ours);
  const alignment = await pair.alignment(ours, theirs, signal);
  const slots = Math.max(alignment.queries.length, alignment.keys.length);
  const answer = await pair.head(ours, theirs, slots, signal);
  return { pair, ours, theirs, slots, alignment, answer, axes: axesOf(pair, ours, theirs, alignment, weights.lens.unit === "word") };
}

const AXES = new WeakMap();

function axesOf({ a, b }, ours, theirs, alignment, inWords) {
  if (!AXES.has(alignment)) {
    const axis = (name) => createAxis(alignment[name], [[a, ours], [b, theirs]].map(([document, { stack }]) =>
      ({ document, name: stackOf(document, stack)[name], stack })), alignment.unit === "word", inWords);
    AXES.set(alignment, { queries: axis("queries"), keys: axis("keys") });
  }
  return AXES.get(alignment);
}
