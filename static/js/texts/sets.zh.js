/** Chinese words about sets of tokens, and the two directions. */

const number = (n) => n.toLocaleString("en");

export default {
  "sets.direction": "方向",
  "sets.looks": "看向",
  "sets.looked": "被谁看",
  "sets.clear": "清除所选",
  "sets.byMouse": "拖过多个词，或按 Shift 加方向键，可选取多个；按住 Ctrl 或 Cmd 再添加。",
  "sets.byTouch": "长按一个词，选到该词为止。",
  "sets.how": (queries, keys) => [
    keys > 1 ? `${number(keys)} 个键之和` : "", queries > 1 ? `${number(queries)} 个查询的平均` : "",
  ].filter(Boolean).join("，"),
  "sets.mean": (count) => `其 ${number(count)} 个查询的平均`,
  "sets.sum": (count) => `其 ${number(count)} 个键之和`,
  "sets.hidden": (count) => `其中 ${number(count)} 个已隐藏`,
  "sets.both": (query, key, weight) => `“${query}” → “${key}”：${weight}`,
  "sets.scale": (words, top) => `每个头中的值：${words}，从 0 到 ${top}。`,
  "sets.rank": (rank, heads) => `在 ${heads} 个头中排第 ${rank}`,
  "sets.dropped": "已放开所选的一组词：这段文本由其他词元组成。",
  "sets.pieces": (most) => `一组最多包含 ${most} 个不相邻的部分；请选相邻的词，或去掉一些。`,
  "sets.place": (count, unit, first, last) => `${number(count)} 个${unit === "word" ? "词语" : "词元"}，${first}–${last}`,
  "sets.spoken": (head, query, key, how, weight) => `${head}，${query} 到 ${key}，${how}：${weight}`,
  "sets.lines": (drawn, all) => (drawn === all ? `来自所选的 ${number(all)} 个查询` : `来自所选 ${number(all)} 个查询中可见的 ${number(drawn)} 个`),
};
