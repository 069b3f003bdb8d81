/**
 * Stands under a picture: what it shows in words, heard by those who do not see it and read by all once it is opened;
 * and its numbers as a table, a window of them where there are many.
 */
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { settle } from "./timing.js";
import { viewKey } from "./weights.js";

const REST_MS = 120;
const FOLLOWED = ["shown", "analysis", "phase", "stack", "layer", "head", "show", "query", "key", "querySet", "keySet", "sinks", "order", "sort", "lang"];

/**
 * @param {{picture: string, after: string, title: Function, words: Function, axes: string[], most: number[],
 *   extent: Function, selected: Function, table: Function}} of
 *   `picture` and `after` are ids: of what is described, and of what this stands under;
 *   `words(state)` promises a text; `extent(state)` and `selected(state)` give [row, column] of the whole table and of
 *   the selection in it (a column of null: the row is selected); `most` is the size of a window, `axes` names its sides;
 *   `table(state, rows, columns)` promises {caption, corner, columns: names, rows: [name, ...texts]} of [start, stop);
 *   `follows` are more fields of the store that change any of this
 * @returns {() => void}  ends it
 */
export function createNumbers(store, of) {
  const id = `${of.picture}-words`;
  const words = h("p", { id, class: "in-words" });
  const summary = h("summary", { "data-t": "numbers.title" }, t("numbers.title"));
  const box = h("div", { class: "table-box", tabindex: 0, role: "group" });
  const turns = createTurns(of.axes, move);
  const details = h("details", { class: "numbers" }, summary, turns.root, box);
  byId(of.after).after(words, details);
  byId(of.picture).setAttribute("aria-describedby", id);
  let origin = null;
  let newest = 0;

  const refresh = settle(REST_MS, async () => {
    const state = store.get();
    if (state.phase !== "ready" || !isSelectedShown(state)) return;
    const own = ++newest;
    summary.setAttribute("aria-label", t("numbers.of", of.title(state)));
    try {
      const [said, table] = await Promise.all([of.words(state), details.open ? read(state) : null]);
      if (own !== newest) return;
      words.textContent = said;
      if (table) show(table);
    } catch {
      if (own === newest) words.textContent = t("numbers.failed");
    }
  });

  const starts = (state) => origin ?? of.selected(state).map((at, axis) => centred(at, of.most[axis]));

  async function read(state) {
    const extent = of.extent(state);
    const selected = of.selected(state);
    const spans = starts(state).map((start, axis) => windowOf(extent[axis], of.most[axis], start));
    return { extent, selected, spans, part: partOf(of.axes, spans, extent), ...await of.table(state, ...spans) };
  }

  function show(table) {
    const { caption, part } = table;
    const whole = part ? [caption, part].join(t("colon")) : caption;
    box.setAttribute("aria-label", whole);
    box.replaceChildren(tableOf(table, h("caption", { class: part ? null : "visually-hidden" }, whole)));
    turns.show(table.spans, table.extent, origin !== null);
    if (origin === null) reveal(box);
  }

  /** By one window along an axis, or back to the selection. */
  function move(axis, by) {
    const state = store.get();
    const moved = (start, i) => windowOf(of.extent(state)[i], of.most[i], start)[0] + (i === axis ? by * of.most[i] : 0);
    origin = axis === null ? null : starts(state).map(moved);
    refresh();
  }

  refresh();
  details.addEventListener("toggle", refresh);
  return store.on([...FOLLOWED, ...of.follows ?? []], (_, how, changed) => {
    if (["query", "key", "direction", "layer", "head", "analysis"].some((name) => changed.has(name))) origin = null;
    refresh();
  });
}

/** A head that is only hovered is not what the words and numbers are about. */
const isSelectedShown = (state) =>
  state.shown?.analysis === state.analysis && viewKey(state.shown.view) === viewKey(state);

const centred = (at, most) => (at ?? 0) - Math.floor(most / 2);

/** [start, stop) of a window of `most` that begins near `start`. */
function windowOf(all, most, start) {
  const from = Math.max(0, Math.min(all - most, start));
  return [from, Math.min(all, from + most)];
}

/** "queries 16 to 31 of 512, keys 0 to 15 of 512", or nothing where all is shown. */
const partOf = (axes, spans, extent) => axes.flatMap((axis, i) =>
  (isPart(spans[i], extent[i]) ? [t("numbers.part", axis, ...spans[i], extent[i])] : [])).join(t("comma"));

const isPart = ([from, to], all) => to - from < all;

/** Buttons for the windows around this one; they stay in place, so that focus does. */
function createTurns(axes, move) {
  const button = (axis, by) => h("button", { type: "button", class: "small", onclick: (event) =>
    event.currentTarget.getAttribute("aria-disabled") === "true" || move(axis, by) });
  const pairs = axes.map((_, axis) => [button(axis, -1), button(axis, 1)]);
  const back = button(null);
  const root = h("div", { class: "turns", hidden: true }, ...pairs.flat(), back);

  return {
    root,
    show(spans, extent, moved) {
      root.hidden = !spans.some((span, axis) => isPart(span, extent[axis]));
      pairs.forEach(([before, after], axis) => {
        before.hidden = after.hidden = !isPart(spans[axis], extent[axis]);
        before.textContent = t("numbers.before", axes[axis]);
        after.textContent = t("numbers.after", axes[axis]);
        before.setAttribute("aria-disabled", String(spans[axis][0] === 0));
        after.setAttribute("aria-disabled", String(spans[axis][1] === extent[axis]));
      });
      back.textContent = t("numbers.selection");
      back.setAttribute("aria-disabled", String(!moved));
    },
  };
}

/** Scrolls the table's own box only, never the page. */
function reveal(box) {
  const [at, frame] = [box.querySelector("[aria-current=true]"), box].map((each) => each?.getBoundingClientRect());
  if (!at) return;
  box.scrollTop += at.top - frame.top - (frame.height - at.height) / 2;
  box.scrollLeft += at.left - frame.left - (frame.width - at.width) / 2;
}

function tableOf({ corner, columns, rows, spans, selected }, caption) {
  const [row, column] = [selected[0] - spans[0][0], selected[1] === null ? 0 : selected[1] - spans[1][0] + 1];
  const current = (y, x) => (y === row && x === column ? "true" : false);
  return h("table", {},
    caption,
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, corner), ...columns.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...rows.map(([name, ...texts], y) => h("tr", {},
      h("th", { scope: "row", "aria-current": current(y, 0) }, name),
      ...texts.map((text, i) => h("td", { "aria-current": current(y, i + 1) }, text))))));
}
