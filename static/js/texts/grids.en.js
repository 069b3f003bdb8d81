/** Heads beside each other: English. */
const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

export default {
  "grid.label.layer": "Heads of the open layer. Arrow keys choose a head, Enter opens it.",
  "grid.label.layers": "The open head in every layer. Arrow keys choose a layer, Enter opens it.",
  "grid.layer": (layer, heads) => `${plural(heads, "head")} of L${layer}`,
  "grid.layers.head": (head, layers) => `H${head} in ${plural(layers, "layer")}`,
  "grid.layers.mean": (head, layers) => `mean over the heads in each of ${plural(layers, "layer")}`,
  "grid.layers.max": (head, layers) => `maximum over the heads in each of ${plural(layers, "layer")}`,
  "grid.without": (layers) => `left out for want of such a head: ${layers.map((layer) => `L${layer}`).join(", ")}`,
  "grid.pooled": (pool, rows, columns) => `each cell the ${pool === "max" ? "largest" : "mean"} of ${rows} × ${columns} weights`,
  "grid.oneScale": "one scale for all, up to the largest weight of them",
  "grid.open": "a click selects, a double click or Enter opens",
  "grid.failed": "Some heads could not be fetched. Scroll again.",
  "grid.gap": " · ",
};
