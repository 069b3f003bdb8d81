/** 筛选的简体中文文本。 */

const number = (n) => n.toLocaleString("zh-CN");

export default {
  "filter.keep": "保留",
  "filter.keep.all": "全部权重",
  "filter.keep.min": "权重不低于",
  "filter.keep.top": "每行最强的键，个数",
  "filter.keep.mass": "最强的键，合计占",
  "filter.amount": "保留多少",
  "filter.texts": "文本之间",
  "filter.texts.all": "全部",
  "filter.on": (all) => `已过滤：${all.join("，")}`,
  "filter.between": (texts) => `只留 ${texts}`,
  "filter.min": (least) => `隐去低于 ${least} 的权重`,
  "filter.top": (count, ofHeads) => `${ofHeads ? "每个头的" : ""}每行只留最强的 ${number(count)} 个键`,
  "filter.mass": (percent, ofHeads, ofRest) => `${ofHeads ? "每个头的" : ""}每行只留合计占${ofRest ? "所剩部分的" : ""} ${percent}% 的最强的键`,
  "filter.leftOfRow": (percent) => `本行剩下 ${percent}%`,
  "filter.left": (percent) => `剩下 ${percent}% 的权重`,
  "filter.outside": (texts) => `${texts} 以外：不显示`,
  "filter.nothing": "没有显示任何权重",
  "filter.nothingAtAll": "（没有显示任何权重）",
  "filter.cell": "已过滤",
};
