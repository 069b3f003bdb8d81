/** Heads beside each other: Chinese. */
export default {
  "grid.label.layer": "当前层的各个头。方向键选择头，回车键打开。",
  "grid.label.layers": "各层中的当前头。方向键选择层，回车键打开。",
  "grid.layer": (layer, heads) => `L${layer} 的 ${heads} 个头`,
  "grid.layers.head": (head, layers) => `${layers} 层中的 H${head}`,
  "grid.layers.mean": (head, layers) => `${layers} 层，每层各头的平均`,
  "grid.layers.max": (head, layers) => `${layers} 层，每层各头的最大值`,
  "grid.without": (layers) => `没有这个头而略去：${layers.map((layer) => `L${layer}`).join("、")}`,
  "grid.pooled": (pool, rows, columns) => `每格为 ${rows} × ${columns} 个权重的${pool === "max" ? "最大值" : "平均值"}`,
  "grid.oneScale": "共用一个色标，止于其中最大的权重",
  "grid.open": "单击选择，双击或回车打开",
  "grid.failed": "有些头未能取得。请再次滚动。",
  "grid.gap": " · ",
};
