/** All heads at once, from one small answer of bytes. */
import { pixelTable } from "./colour.js";
import { createHeadGrid } from "./headgrid.js";
import { palette } from "./theme.js";
import { isSink, keySpan, keysOf, stackOf } from "./tokens.js";
import { t } from "./i18n.js";

export function createOverview(root, store, session) {
  let thumbnails = null;

  const grid = createHeadGrid(root, store, {
    label: () => t("overview.label"),
    cellHeight: (width, rows) => (rows > 12 ? Math.min(width, 30) : width),
    paintCell(context, row, head, x, y, width, height) {
      if (!thumbnails) return;
      context.imageSmoothingEnabled = thumbnails[row][head].width > width * devicePixelRatio;
      context.drawImage(thumbnails[row][head], x, y, width, height);
    },
  });

  let answer = null;

  async function draw() {
    const { weights, stack } = store.get();
    thumbnails = null;
    answer = await weights.overview(stack);
    paint();
  }

  function paint() {
    if (!answer) return;
    thumbnails = thumbnailsOf(answer, store.get());
    grid.draw();
  }

  session.onAnalysis(draw);
  store.on(["theme", "scale", "sinks"], paint);
}

/** One small canvas per head, each on its own scale as the head itself is drawn. */
function thumbnailsOf({ data, shape, meta }, { analysis, stack, theme, scale, sinks }) {
  const [layers, heads, rows, columns] = shape;
  const keys = keysOf(analysis, stack);
  const sinkColumns = sinks === "off" ? binnedSinks(keys, stack, columns) : new Uint8Array(columns);
  const { accentRamp } = palette(theme);
  return Array.from({ length: layers }, (_, row) => Array.from({ length: heads }, (_, head) => {
    const start = (row * heads + head) * rows * columns;
    const bytes = data.subarray(start, start + rows * columns);
    const top = meta.scale[row][head] * (largest(bytes, sinkColumns) / 255) ** 2;
    const table = pixelTable(accentRamp, scale, meta.scale[row][head], top);
    return thumbnail(bytes, rows, columns, table);
  }));
}

function binnedSinks(keys, stack, columns) {
  const marks = new Uint8Array(columns);
  if (columns < keys.length) return marks;
  for (const token of keys) if (isSink(token, stack)) marks[token.index] = 1;
  return marks;
}

function largest(bytes, sinkColumns) {
  let top = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] > top && !sinkColumns[at % sinkColumns.length]) top = bytes[at];
  }
  return top;
}

function thumbnail(bytes, rows, columns, table) {
  const canvas = new OffscreenCanvas(columns, rows);
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let at = 0; at < bytes.length; at += 1) pixels[at] = table[bytes[at]];
  context.putImageData(image, 0, 0);
  return canvas;
}
