/** All heads at once, from one small answer of bytes. */
import { pixel, pixelTable } from "./colour.js";
import { createHeadGrid } from "./headgrid.js";
import { palette } from "./theme.js";
import { edges } from "./bins.js";
import { isHiding, isOff, sinksIn } from "./lens.js";
import { keysOf } from "./tokens.js";
import { orderIn } from "./sorting.js";
import { each } from "./timing.js";
import { t } from "./i18n.js";

/** Small weights stay visible at thumbnail size; the caption says so. */
const SCALE = "sqrt";
const STEP_MS = 120;

export function createOverview(root, store, session) {
  let thumbnails = null;

  const grid = createHeadGrid(root, store, {
    label: () => (orderIn(store.get()) ? t("sort.label", t(`sort.${store.get().sort}`)) : t("overview.label")),
    orderIn,
    cellHeight: (width, rows) => (rows > 12 ? Math.min(width, 30) : width),
    paintCell(context, row, head, x, y, width, height) {
      if (!isCurrent()) return;
      context.imageSmoothingEnabled = thumbnails[row][head].width > width * devicePixelRatio;
      context.drawImage(thumbnails[row][head], x, y, width, height);
    },
  });

  /** What is drawn, and the analysis it is of: another one may be open already. */
  let [shown, of] = [null, null];
  const isCurrent = () => thumbnails && of === store.get().weights;

  async function draw() {
    const { weights, stack } = store.get();
    const found = weights.thumbnails(stack);
    await found.first;
    if (store.get().weights !== weights) return;
    [shown, of] = [found, weights];
    found.onChange(() => found === shown && soon());
    paint();
  }

  function paint() {
    if (!shown || of !== store.get().weights) return;
    thumbnails = thumbnailsOf(shown.answer(), store.get());
    grid.draw();
  }

  const soon = each(STEP_MS, paint);

  session.onAnalysis(draw);
  store.on(["theme", "sinks", "order", "sort"], paint);
}

/** One small canvas per head; all share one scale, so that a faint head looks faint. */
function thumbnailsOf({ data, shape, meta }, state) {
  const { analysis, stack, theme } = state;
  const sinks = sinksIn(state);
  const [layers, heads, rows, columns] = shape;
  const off = columnsOff(meta, keysOf(analysis, stack), columns, (key) => isOff(sinks, key, stack));
  const { accentRamp, sinkRamp, surface, dots } = palette(theme);
  const hidden = isHiding(sinks) && [pixel(surface), pixel(dots)];
  return Array.from({ length: layers }, (_, row) => Array.from({ length: heads }, (_, head) => {
    const start = (row * heads + head) * rows * columns;
    const quantum = meta.scale[row][head];
    return thumbnail(data.subarray(start, start + rows * columns), rows, off,
      pixelTable(accentRamp, SCALE, quantum, 1), pixelTable(sinkRamp, SCALE, quantum, 1), hidden);
  }));
}

/** Columns that hold nothing but such keys; in a bin of many tokens one sink does not hide the rest. */
function columnsOff(meta, keys, columns, isOne) {
  const bins = edges(meta.key_bins, columns);
  return Uint8Array.from({ length: columns }, (_, column) =>
    Number(keys.slice(bins[column], bins[column + 1]).every(isOne)));
}

/** `hidden` are the two colours of the dots of hidden keys, or false where none is. */
function thumbnail(bytes, rows, off, table, sinkTable, hidden) {
  const columns = off.length;
  const canvas = new OffscreenCanvas(columns, rows);
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let at = 0; at < bytes.length; at += 1) {
    const column = at % columns;
    pixels[at] = off[column] && hidden
      ? hidden[(column + Math.floor(at / columns)) % 2] : (off[column] ? sinkTable : table)[bytes[at]];
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
