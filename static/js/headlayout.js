/** Where heads stand in a grid: layers down and heads across, or one behind the other in some order. */
import { within } from "./arrows.js";

const GAP = 3;
const WIDEST = 44;
const NARROWEST = 14;
const NUMBERS = { left: 30, top: 20 };
/** Room for the frame of a cell at the left edge. */
const EDGE = 4;
/** Height of a name, and of the number below; width of the longest of them. */
export const LINE = 15;
const NAMED = 42;

const heads = (layers) => layers.flatMap(({ index, heads: count }, row) =>
  Array.from({ length: count }, (_, head) => ({ layer: index, head, row })));

/** @param {(width: number, rows: number) => number} cellHeight */
export function inLayers(layers, room, cellHeight) {
  const columns = Math.max(...layers.map((layer) => layer.heads));
  const width = Math.min(WIDEST, Math.max(NARROWEST, Math.floor((room - NUMBERS.left - 4) / columns) - GAP));
  const rowOf = (layer) => layers.findIndex(({ index }) => index === layer);
  return {
    ...layout({
      ...NUMBERS, width, columns, height: cellHeight(width, layers.length), rows: layers.length, around: 0,
      spotOf: ({ layer, head }) => ({ row: rowOf(layer), column: head }),
      headAt: (row, column) => (column < layers[row]?.heads ? { layer: layers[row].index, head: column } : null),
    }),
    cells: heads(layers),
    moved({ layer, head }, [down, across]) {
      const next = layers[within(rowOf(layer) + down, layers.length)];
      return { layer: next.index, head: within(head + across, next.heads) };
    },
  };
}

/** Names above and numbers below; `order` lists heads as {layer, head, text}. */
export function inOrder(layers, order, room) {
  const columns = Math.max(1, Math.floor((room - 2 * EDGE) / (NAMED + GAP)));
  const width = Math.min(WIDEST, Math.floor((room - 2 * EDGE) / columns) - GAP);
  const rows = Math.ceil(order.length / columns);
  const name = ({ layer, head }) => `${layer} ${head}`;
  const places = new Map(order.map((at, i) => [name(at), i]));
  const placeOf = (at) => places.get(name(at)) ?? -1;
  const headOf = ({ layer, head }) => ({ layer, head });
  return {
    ...layout({
      left: EDGE, top: 0, width, columns, height: width, rows, around: LINE,
      spotOf: (at) => ({ row: Math.floor(placeOf(at) / columns), column: placeOf(at) % columns }),
      headAt: (row, column) => (order[row * columns + column] ? headOf(order[row * columns + column]) : null),
    }),
    cells: order.map((at) => ({ ...at, row: layers.findIndex(({ index }) => index === at.layer) })),
    moved: (at, [down, across]) => headOf(order[within(placeOf(at) + down * columns + across, order.length)]),
  };
}

/**
 * The geometry that both have in common, in CSS pixels. `left` and `top` are the room for numbers beside the
 * cells; `around` the room above and below each cell.
 */
function layout({ left, top, width, height, columns, rows, around, spotOf, headAt }) {
  const [across, down] = [width + GAP, height + 2 * around + GAP];
  const xOf = (column) => column * across;
  const yOf = (row) => row * down;
  return {
    left, top, width, height, columns, rows, xOf, yOf,
    size: [xOf(columns) + 1, yOf(rows) + 1],

    /** Corner of the frame of a head's cell on the canvas, or null where it has none. */
    cornerOf(at) {
      const { row, column } = spotOf(at);
      return row < 0 ? null : { x: xOf(column), y: yOf(row) + around };
    },

    /** The head under a place of the canvas. */
    under(x, y) {
      const [row, column] = [Math.floor(y / down), Math.floor(x / across)];
      return row >= 0 && column >= 0 && column < columns ? headAt(row, column) : null;
    },
  };
}
