/** Paints a window of a head's cells into device pixels; where cells are smaller, their maximum. */
import { css } from "./colour.js";

const buffers = { canvas: document.createElement("canvas"), image: null };

/**
 * @param {CanvasRenderingContext2D} context  its origin is the corner of the cells
 * @param {{x: [number, number], y: [number, number]}} range  of the axes, cell i lies at i ± 0.5
 * @param {{width: number, height: number}} box  CSS pixels
 * @param {boolean} cells  false leaves the cells to someone else and paints only hatch and mask
 */
export function paintHead(context, picture, range, box, cells) {
  context.clearRect(0, 0, box.width, box.height);
  hatchSinks(context, picture, range, box);
  const ratio = context.getTransform().a;
  const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
  if (width < 1 || height < 1) return;
  const image = cellImage(picture, range, width, height, cells);
  buffers.canvas.width = width;
  buffers.canvas.height = height;
  buffers.canvas.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(buffers.canvas, 0, 0, box.width, box.height);
}

function cellImage(picture, range, width, height, cells) {
  const { rows, columns } = picture.block;
  if (buffers.image?.width !== width || buffers.image?.height !== height) {
    buffers.image = new ImageData(width, height);
  }
  const pixels = new Uint32Array(buffers.image.data.buffer);
  const x = cellsUnder(range.x, width, columns);
  const y = cellsUnder(range.y, height, rows);
  for (let py = 0; py < height; py += 1) {
    const start = py * width;
    if (py && y[2 * py] === y[2 * py - 2] && y[2 * py + 1] === y[2 * py - 1]) {
      pixels.copyWithin(start, start - width, start);
    } else {
      paintLine(pixels, start, width, picture, x, y[2 * py], y[2 * py + 1], cells);
    }
  }
  return buffers.image;
}

function paintLine(pixels, start, width, picture, x, firstRow, lastRow, cells) {
  const { block: { bytes, columns }, table, sinkColumns, spans, masked } = picture;
  const [left, right] = [spans[2 * firstRow], spans[2 * lastRow + 1]];
  for (let px = 0; px < width; px += 1) {
    const [first, last] = [x[2 * px], x[2 * px + 1]];
    if (last < left || first > right) {
      pixels[start + px] = masked;
    } else if (!cells || sinkColumns[first]) {
      pixels[start + px] = 0;
    } else {
      let most = 0;
      for (let row = firstRow; row <= lastRow; row += 1) {
        for (let column = first; column <= last; column += 1) {
          const byte = bytes[row * columns + column];
          if (byte > most && !sinkColumns[column]) most = byte;
        }
      }
      pixels[start + px] = table[most];
    }
  }
}

/** First and last cell under each pixel: one, unless cells are smaller than pixels. */
function cellsUnder([from, to], pixels, count) {
  const bounds = new Uint32Array(pixels * 2);
  const step = (to - from) / pixels;
  const cell = (at) => Math.min(count - 1, Math.max(0, Math.floor(at + 0.5)));
  for (let i = 0; i < pixels; i += 1) {
    const first = cell(from + (step > 1 ? i : i + 0.5) * step);
    bounds[2 * i] = first;
    bounds[2 * i + 1] = step > 1 ? Math.max(first, cell(from + (i + 1) * step - 1)) : first;
  }
  return bounds;
}

function hatchSinks(context, { sinkColumns, colours }, { x: [from, to] }, box) {
  context.fillStyle = hatchPattern(context, colours);
  const scale = box.width / (to - from);
  sinkColumns.forEach((sink, column) => {
    if (sink) context.fillRect((column - 0.5 - from) * scale, 0, Math.max(scale, 2), box.height);
  });
}

/** Thin diagonal lines: colour alone never says "not on the scale". */
export function hatchPattern(context, colours) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  pen.strokeStyle = css(colours.hatch);
  pen.lineWidth = 1.4;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift, 6);
    pen.lineTo(shift + 6, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}
