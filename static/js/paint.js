/** Paints a window of a head into device pixels; where cells are smaller, their maximum. */
import { binOf } from "./bins.js";
import { css } from "./colour.js";
import { isHiding } from "./lens.js";

let image = null;
const THINNEST_SINK = 2;

/**
 * @param {CanvasRenderingContext2D} context  its origin is the corner of the window
 * @param {object[]} pictures  the whole head first; those that follow, parts of it, lie on top
 * @param {{x: [number, number], y: [number, number]}} range  of the axes, token i lies at i ± 0.5
 * @param {{width: number, height: number}} box  CSS pixels
 * @param {boolean} cells  false leaves the cells to someone else and paints only what is masked, outside or hatched
 */
export function paintHead(context, pictures, range, box, cells) {
  const { a: ratio, e: left, f: top } = context.getTransform();
  const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
  if (width < 1 || height < 1) return;
  if (image?.width !== width || image.height !== height) image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (const picture of pictures) paintPicture(pixels, width, height, picture, range, cells);
  context.putImageData(image, Math.round(left), Math.round(top)); // in device pixels: transforms are nothing to it
  markSinks(context, pictures[0], range, box);
}

function paintPicture(pixels, width, height, picture, range, cells) {
  const x = binsUnder(range.x, width, picture.block.columnBins);
  const y = binsUnder(range.y, height, picture.block.rowBins);
  for (let py = y.start; py < y.stop; py += 1) {
    const line = py * width;
    if (py > y.start && y.first[py] === y.first[py - 1] && y.last[py] === y.last[py - 1]) {
      pixels.copyWithin(line + x.start, line - width + x.start, line - width + x.stop);
    } else {
      paintLine(pixels, line, picture, x, y.first[py], y.last[py], cells);
    }
  }
}

function paintLine(pixels, line, picture, x, firstRow, lastRow, cells) {
  const { block: { bytes, columns }, table, sinkColumns, spans, masked, inside, outside } = picture;
  const [left, right] = [spans[2 * firstRow], spans[2 * lastRow + 1]];
  const [from, to] = lastRow < inside.rows[0] || firstRow > inside.rows[1] ? [columns, -1] : inside.columns;
  for (let px = x.start; px < x.stop; px += 1) {
    const [first, last] = [x.first[px], x.last[px]];
    if (last < left || first > right) {
      pixels[line + px] = masked;
    } else if (last < from || first > to) {
      pixels[line + px] = outside;
    } else if (!cells || sinkColumns[first]) {
      pixels[line + px] = 0;
    } else if (first === last && firstRow === lastRow) {
      pixels[line + px] = table[bytes[firstRow * columns + first]];
    } else {
      let most = 0;
      for (let row = firstRow; row <= lastRow; row += 1) {
        for (let column = first; column <= last; column += 1) {
          const byte = bytes[row * columns + column];
          if (byte > most && !sinkColumns[column]) most = byte;
        }
      }
      pixels[line + px] = table[most];
    }
  }
}

/** The pixels [start, stop) that the bins lie under, and the first and last bin under each. */
function binsUnder([from, to], pixels, bins) {
  const step = (to - from) / pixels;
  const pixelOf = (token) => Math.min(pixels, Math.max(0, Math.round((token - 0.5 - from) / step)));
  const [start, stop] = [pixelOf(bins[0]), pixelOf(bins.at(-1))];
  const [first, last] = [new Uint32Array(pixels), new Uint32Array(pixels)];
  for (let i = start; i < stop; i += 1) {
    const token = Math.floor(from + (step > 1 ? i : i + 0.5) * step + 0.5);
    first[i] = binOf(bins, token);
    last[i] = step > 1 ? Math.max(first[i], binOf(bins, Math.floor(from + (i + 1) * step + 0.5) - 1)) : first[i];
  }
  return { start, stop, first, last };
}

function markSinks(context, picture, { x, y }, box) {
  const { sinks } = picture;
  const [across, down] = [box.width / (x[1] - x[0]), box.height / (y[1] - y[0])];
  const pattern = sinks.length && sinkPattern(context, picture);
  for (const { key, queries: [first, last] } of sinks) {
    const width = Math.max(across, THINNEST_SINK);
    const strip = [(key - 0.5 - x[0]) * across, (first - 0.5 - y[0]) * down, width, (last - first + 1) * down];
    if (across >= THINNEST_SINK) context.clearRect(...strip); // else it lies over the keys beside it
    context.fillStyle = pattern;
    context.fillRect(...strip);
  }
}

/** What sinks look like: colour alone never says "not on the scale" or "hidden". */
export const sinkPattern = (context, { reading, colours }) => repeated(context, isHiding(reading) ? dot : hatch, colours);

export const hatchPattern = (context, colours) => repeated(context, hatch, colours);

/** The small canvases that are repeated, by the palette and by what draws on them. */
const drawn = new WeakMap();

function repeated(context, drawOn, colours) {
  if (!drawn.has(colours)) drawn.set(colours, new Map());
  const tiles = drawn.get(colours);
  if (!tiles.has(drawOn)) tiles.set(drawOn, tileOf(drawOn, colours));
  return context.createPattern(tiles.get(drawOn), "repeat");
}

function tileOf(drawOn, colours) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  drawOn(tile.getContext("2d"), colours);
  return tile;
}

/** Thin diagonal lines. */
function hatch(pen, colours) {
  pen.strokeStyle = css(colours.hatch);
  pen.lineWidth = 1.4;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift, 6);
    pen.lineTo(shift + 6, 0);
  }
  pen.stroke();
}

/** Dots: as little as can be seen. */
function dot(pen, colours) {
  pen.fillStyle = css(colours.dots);
  pen.fillRect(0, 0, 1.5, 1.5);
  pen.fillRect(3, 3, 1.5, 1.5);
}
