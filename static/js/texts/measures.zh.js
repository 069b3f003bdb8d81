/** Measures of heads, and the heads sorted by them: Chinese. */
const number = (n) => n.toLocaleString("zh-CN");

export default {
  "sort.by": "排序",
  "sort.own": "层与头",
  "sort.entropy": "熵，从低到高",
  "sort.distance": "距离，从近到远",
  "sort.sinks": "汇点占比，从高到低",
  "sort.pair": "所选一对的权重，从高到低",
  "sort.note.entropy": "每行的平均熵，单位比特",
  "sort.note.distance": "查询到键的平均距离，单位词元",
  "sort.note.sinks": "特殊词元（解码器中还有首词元）所占的权重",
  "sort.note.pair": "所选一对的权重",
  "sort.label": (by) => `全部注意力头，排序：${by}。用方向键选择。`,
  "sort.title": (what, value) => `${what}：${value}`,
  "sort.measuring": (done, layers) => `已测量 ${layers} 层中的 ${done} 层`,
  "sort.failed": "未能测量各头，请重新选择排序。",

  "overview.hidden": "汇点已隐藏。",
  "overview.renormalised": "汇点已隐藏，各行重新归一化。",
  "column.hidden": "作为键已隐藏：不显示谁在看它",

  "goes.before": "它的权重去了哪里",
  "goes.title": (head) => `${head} 的权重去了哪里`,
  "goes.specialFirst": (text) => `${text}（首）`,
  "goes.first": "首词元",
  "goes.punctuation": "标点",
  "goes.itself": "词元自身",
  "goes.sinkMass": "头自带的汇点（无键）",
  "goes.entropy": "熵",
  "goes.bits": (bits, keys) => `${bits.toFixed(2)} 比特 ≈ 均看 ${keys.toFixed(1)} 个键`,
  "goes.distance": "距离",
  "goes.tokens": (tokens) => `平均 ${tokens.toFixed(1)} 个词元`,
  "goes.all": "对所有查询取平均；各项可能重叠",
  "goes.sampled": (rows, all) => `对 ${number(all)} 个查询中均匀分布的 ${number(rows)} 个取平均`,
  "goes.byTokens": "按词元而非词语测量",
  "goes.unfiltered": "按全部权重测量，包括被筛掉的",
  "goes.failed": "未能测量这个头，请重新选择。",

  "numbers.entropy": "熵（比特）",
  "numbers.distance": "距离（词元）",
  "numbers.pair": "所选一对",
};
