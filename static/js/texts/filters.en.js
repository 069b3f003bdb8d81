/** English words about filters. */

const number = (n) => n.toLocaleString("en");

export default {
  "filter.keep": "Keep",
  "filter.keep.all": "all weights",
  "filter.keep.min": "weights of at least",
  "filter.keep.top": "strongest keys of a row:",
  "filter.keep.mass": "strongest keys that make up",
  "filter.amount": "How much to keep",
  "filter.texts": "Between",
  "filter.texts.all": "all texts",
  "filter.on": (all) => `filtered: ${all.join(", ")}`,
  "filter.between": (texts) => `only ${texts}`,
  "filter.min": (least) => `below ${least} is hidden`,
  "filter.top": (count, ofHeads) => `only the ${count === 1 ? "strongest key" : `${number(count)} strongest keys`} of each ${ofHeads ? "head's " : ""}row`,
  "filter.mass": (percent, ofHeads, ofRest) =>
    `only the strongest keys that make up ${percent}% of ${ofRest ? "what is left of " : ""}${ofHeads ? "each head's row" : "their row"}`,
  "filter.leftOfRow": (percent) => `${percent}% of the row is left`,
  "filter.left": (percent) => `${percent}% of the weight is left`,
  "filter.outside": (texts) => `outside ${texts}: not shown`,
  "filter.nothing": "no weight is in sight",
  "filter.nothingAtAll": "nothing that is in sight",
  "filter.cell": "filtered",
};
