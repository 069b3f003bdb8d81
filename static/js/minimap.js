/** The whole head small, with the window that is in sight of it; a press or a drag moves the window there. */
import { byId, fitCanvas } from "./dom.js";
import { paintHead } from "./paint.js";

const SIDE = 76;

export function createMinimap(store, plot) {
  const root = byId("minimap");
  const [canvas, frame] = root.children;

  let drawn = null;

  function paint() {
    const { painted } = store.get();
    const picture = painted?.pictures[0];
    if (!picture || picture === drawn || root.closest("[hidden]")) return;
    drawn = picture;
    const { rowBins, columnBins } = picture.block;
    paintHead(fitCanvas(canvas, SIDE, SIDE), [picture],
      { x: [-0.5, columnBins.at(-1) - 0.5], y: [-0.5, rowBins.at(-1) - 0.5] }, { width: SIDE, height: SIDE }, true);
    follow();
  }

  function follow() {
    const geometry = plot.geometry();
    if (!drawn || !geometry) return;
    const { range: { x, y } } = geometry;
    const place = ([from, to], length) => [((from + 0.5) * SIDE) / length, ((to - from) * SIDE) / length];
    const [left, width] = place(x, drawn.block.columnBins.at(-1));
    const [top, height] = place(y, drawn.block.rowBins.at(-1));
    Object.assign(frame.style, { left: `${left}px`, top: `${top}px`, width: `${Math.max(4, width)}px`, height: `${Math.max(4, height)}px` });
  }

  function go(event) {
    if (!drawn || !event.buttons) return;
    const box = canvas.getBoundingClientRect();
    const at = (share, length) => Math.min(1, Math.max(0, share)) * length - 0.5;
    plot.centre({
      key: at((event.clientX - box.left) / box.width, drawn.block.columnBins.at(-1)),
      query: at((event.clientY - box.top) / box.height, drawn.block.rowBins.at(-1)),
    });
  }

  root.addEventListener("pointerdown", (event) => {
    root.setPointerCapture(event.pointerId);
    go(event);
  });
  root.addEventListener("pointermove", go);
  store.on(["painted"], paint);
  return { paint, follow };
}
