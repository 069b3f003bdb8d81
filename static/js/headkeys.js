/** The open head by keys: arrows move the cell, with Shift the window; + and - zoom, 0 shows all. */
import { hasModifier, stepOf, within } from "./arrows.js";

const PAN = 0.25;
const PANS = { ArrowLeft: [0, -PAN], ArrowRight: [0, PAN], ArrowUp: [-PAN, 0], ArrowDown: [PAN, 0] };

/** `cell()` gives the selected cell, `lock(cell)` selects one. */
export function walkHead(root, store, plot, { cell, lock }) {
  const zooms = {
    "+": () => plot.zoomIn(), "=": () => plot.zoomIn(), "-": () => plot.zoomOut(), 0: () => plot.reset(),
  };

  function walk([down, right]) {
    const { block } = store.get().shown.picture;
    const { row, column } = cell();
    const next = { row: within(row + down, block.rows), column: within(column + right, block.columns) };
    lock(next);
    plot.reveal(next);
  }

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
