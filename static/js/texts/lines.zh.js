/** 连线视图的中文文字。 */

const number = (n) => n.toLocaleString("zh-CN");

export default {
  "lines.gap": "",
  "lines.label": "从查询连到它所关注的键的线。在列表中，方向键逐项移动；横向方向键切换到另一列。",
  "lines.heads": "绘制的头",
  "lines.headsHint": "单击加入或移除一个头；双击，或按住 Shift 单击或按回车，只显示该头。",
  "lines.allHeads": "全部头",
  "lines.onlyOpen": "只看打开的头",
  "lines.notOne": "当前把整层画成一个：在上方选择“单个头”即可分别绘制各个头。",
  "lines.lineQueries": "连线范围",
  "lines.lineQueries.one": "当前查询",
  "lines.lineQueries.all": "所有查询",
  "lines.lineMass": "最强的键",
  "lines.lineMass.0.5": "合计占 50%",
  "lines.lineMass.0.7": "合计占 70%",
  "lines.lineMass.0.9": "合计占 90%",
  "lines.lineMass.1": "全部",
  "lines.lineLayout": "布局",
  "lines.lineLayout.auto": "按文本决定",
  "lines.lineLayout.vertical": "纵向",
  "lines.lineLayout.horizontal": "横向",

  "lines.count": (shown, all, sinks) => `显示 ${number(all)} 条线中的 ${number(shown)} 条${sinks ? `，另有 ${number(sinks)} 条虚线连到汇点` : ""}：`,
  "lines.fromQuery": (query) => `从 ${query} 出发`,
  "lines.toKey": (key) => `连到 ${key}，来自关注它的查询`,
  "lines.fromAll": "从所有查询出发",
  "lines.fromSight": (first, last, all) => `从可见的查询出发（第 ${number(first)}–${number(last)} 个，共 ${number(all)} 个）`,
  "lines.byKeys": (percent, offSinks) => `，连到合计占${offSinks ? "汇点以外权重" : "其权重"} ${percent}% 的最强的键。`,
  "lines.byQueries": (percent) => `，取合计占其所得 ${percent}% 的最强者。`,
  "lines.end": "（全部）。",
  "lines.limit": (most, all) => `这样的线有 ${number(all)} 条，只绘制其中最强的 ${number(most)} 条。`,
  "lines.beyond": (count) => `${number(count)} 条连到视野之外：滚动即可查看。`,
  "lines.hidden": "汇点已隐藏。",
  "lines.renormalised": "汇点已隐藏，其余权重已重新归一化。",
  "lines.opacity": (scale, top) => `不透明度：${scale}，从 0 到 ${top}（所绘的最大值）。`,
  "lines.dashed": "虚线：汇点，不计入标度；旁边印出其占比。",

  "lines.words": (query, heads, more) => `${query}。${heads.join("")}${more ? `另有 ${number(more)} 个头。` : ""}`,
  "lines.words.head": (head, list) => `${head} 最关注 ${list}。`,
};
