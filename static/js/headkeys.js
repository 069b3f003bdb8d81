/** The open head by keys: arrows move the cell, with Shift the window; + and - zoom, 0 shows all. */
import { hasModifier, stepOf, within } from "./arrows.js";
import { boundsAt } from "./picture.js";
import { keysOf, queriesOf } from "./tokens.js";

const PAN = 0.25;
const PANS = { ArrowLeft: [0, -PAN], ArrowRight: [0, PAN], ArrowUp: [-PAN, 0], ArrowDown: [PAN, 0] };

/** `lock(place)` selects a pair of tokens. */
export function walkHead(root, store, plot, lock) {
  const zooms = {
    "+": () => plot.zoomIn(), "=": () => plot.zoomIn(), "-": () => plot.zoomOut(), 0: () => plot.reset(),
  };

  /** From cell to cell as they are drawn: where a cell stands for many tokens, over all of them. */
  function walk([down, right]) {
    const { analysis, stack, query, key } = store.get();
    const { queries, keys } = boundsAt(plot.pictures(), { query, key });
    const next = {
      query: moved(query, queries, down, queriesOf(analysis, stack).length),
      key: moved(key, keys, right, keysOf(analysis, stack).length),
    };
    lock(next);
    plot.reveal(next);
  }

  const moved = (at, [start, stop], steps, length) => (steps ? within(start + steps * (stop - start), length) : at);

  root.addEventListener("keydown", (event) => {
    if (event.key === "Enter") root.dispatchEvent(new CustomEvent("keep", { bubbles: true }));
    if (!store.get().shown || hasModifier(event)) return;
    const [step, pan] = [stepOf(event), event.shiftKey && PANS[event.key]];
    const act = step ? () => walk(step) : pan ? () => plot.pan(...pan) : zooms[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
