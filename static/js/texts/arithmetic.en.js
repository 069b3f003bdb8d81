/** The words of the arithmetic view in English. The steps it shares with Learn have theirs there. */

const ordinal = (n) => {
  const ending = n % 100 > 10 && n % 100 < 14 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[n % 10] ?? "th";
  return `${n.toLocaleString("en")}${ending}`;
};

export default {
  "arithmetic.product": "q × k, dimension by dimension",
  "arithmetic.scores": "Score",
  "arithmetic.mask": "Mask",
  "arithmetic.softmax": "Exponential ÷ sum of the row",
  "arithmetic.values": "Weight × value",
  "arithmetic.write": "What the head writes",
  "arithmetic.unmasked": "none",
  "arithmetic.seen": "this key is seen",
  "arithmetic.cut": "this key is cut off",
  "arithmetic.formula": (scale, keys) => `softmax( q · k ${scale} ) over ${keys.toLocaleString("en")} keys, then × v`,
  "arithmetic.own": "the model’s own weight of this head; the picture shows it summed, filtered or hidden",
  "arithmetic.closes": (weight, difference) => `✓ recomputed here: ${weight}, difference ${difference}`,
  "arithmetic.open": (weight, difference) => `Recomputed here: ${weight}, difference ${difference}, more than 1e-5`,
  "arithmetic.guess": "Predict, then reveal",
  "arithmetic.fold": "Fold all steps",
  "arithmetic.unfold": "Unfold all steps",
  "arithmetic.question": (query, name) => `Which key does “${query}” look at most in ${name}? Choose one to see the numbers.`,
  "arithmetic.right": (key, weight) => `Yes: “${key}” is the strongest key, with ${weight}.`,
  "arithmetic.wrong": (key, weight, rank, best, most) => `“${key}” has ${weight} and is ${ordinal(rank)}; the strongest is “${best}”, with ${most}.`,
  "arithmetic.oneHead": (layer, head) => `A mean or maximum over heads has no arithmetic of its own: this is L${layer}H${head}.`,
  "arithmetic.word": "Arithmetic goes by tokens: of each word this is its first.",
  "arithmetic.shared": (kv, heads) => `Grouped-query attention: k and v are those of KV head ${kv}, which ${heads} heads share.`,
  "arithmetic.more": (shown, more) => `Shown are ${shown} keys: the strongest, the selected and a few behind the mask; ${more.toLocaleString("en")} more are in every sum.`,
  "arithmetic.strips": (q, k, product) => `Scale of each strip its own: full height is ${q} for q, ${k} for k and ${product} for q × k; up is positive, down and pale negative.`,
  "arithmetic.signed": (top) => `A full bar is ${top}; filled is positive, outlined negative.`,
  "arithmetic.crossed": "Dashed and struck through: cut off by the mask.",
  "arithmetic.bars": (top) => `A full bar is ${top}.`,
  "arithmetic.vectors": (strip, bar) => `The three strips share one scale, full height ${strip}; up is positive, down and pale negative. A full bar is ${bar}.`,
  "arithmetic.write.body": "The head’s output goes through its part of the layer’s output projection and is added to the residual stream, which all later layers read. How long that vector is says how much the head writes here, and the parts of the keys say from where. The parts may point in different directions, so their lengths do not add up.",
  "arithmetic.write.norm": (query) => `Length of what is written for “${query}”`,
  "arithmetic.write.caption": "What is written of each key",
  "arithmetic.write.part": "Length of a v W_O",
  "arithmetic.write.promotes": "Promotes most",
  "arithmetic.write.demotes": "Demotes most",
  "arithmetic.write.lens": "The write alone, read through the model’s last norm and its vocabulary head (logit lens, nostalgebraist 2020). Past all later layers these are its direct contributions to the next token’s logits but for one factor that all tokens share (Elhage et al. 2021): order and ratios hold, the size is not the model’s.",
  "arithmetic.write.no-vocabulary": "This model has no vocabulary head that reads the stream directly, so no tokens are promoted.",
  "arithmetic.write.untied": "The vocabulary head of this model has weights of its own, which are not loaded, so promoted tokens are not known.",
  "arithmetic.write.normed": "In this model a norm stands between attention and the stream, or there is no last norm, so the write does not reach the vocabulary directly.",
  "arithmetic.write.no-model": "The model is no longer in memory and cannot be loaded again, so what the head writes is not known. All else is as it was.",
  "arithmetic.write.gated": "In this model the output is changed by a gate before it is projected, so what one head writes cannot be told from q, k and v.",
};
