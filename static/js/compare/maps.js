/** The three maps of a comparison, on canvases; a hovered or selected cell is marked in all of them. */
import { fitCanvas, h } from "../dom.js";
import { drawMark, frameOf, paintMap } from "./mapcells.js";

export function createMaps(root) {
  const maps = ["A", "B", "difference"].map((name) => {
    const title = h("h3", { id: `compare-${name}` });
    const cells = h("canvas", { class: "compare-cells", role: "img", "aria-labelledby": `compare-${name}` });
    const marks = h("canvas", { class: "compare-marks", "aria-hidden": "true" });
    const box = h("div", { class: "compare-map" }, cells, marks);
    root.append(h("section", {}, title, box));
    return { title, cells, marks, box };
  });
  let picture = null;
  let frame = null;

  function draw(next, titles) {
    picture = next;
    maps.forEach(({ title }, at) => { title.textContent = titles[at]; });
    layOut();
  }

  function layOut() {
    const width = maps[0].box.clientWidth;
    frame = frameOf(picture, width);
    maps.forEach(({ cells, box }, at) => {
      box.style.height = `${frame.height}px`;
      paintMap(fitCanvas(cells, width, frame.height), picture, picture.panels[at], frame);
    });
  }

  /** @param cells  places {row, column} of slots: the selected one, then the hovered one */
  function mark(cells) {
    if (!picture) return;
    for (const { marks } of maps) {
      const context = fitCanvas(marks, frame.width, frame.height);
      context.clearRect(0, 0, frame.width, frame.height);
      cells.forEach((cell, at) => cell && drawMark(context, picture, frame, cell, at === 1));
    }
  }

  /** The slots under the pointer, the first ones of their bins. */
  function at(event) {
    if (!picture || !event.target.classList.contains("compare-marks")) return null;
    const box = event.target.getBoundingClientRect();
    const x = (event.clientX - box.left - frame.left) / frame.across;
    const y = (event.clientY - box.top - frame.top) / frame.down;
    if (x < 0 || y < 0 || x >= 1 || y >= 1) return null;
    const { rows, columns, rowBins, columnBins } = picture;
    return { row: rowBins[Math.floor(y * rows)], column: columnBins[Math.floor(x * columns)] };
  }

  return {
    draw,
    mark,
    at,
    picture: () => picture,

    /** After the room has changed. */
    resize: () => picture && maps[0].box.clientWidth !== frame.width && layOut(),
  };
}
