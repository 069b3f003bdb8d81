/** Which token stands for a word where a calculation goes by tokens. */

/** Index of the first token of each word; a token without a word is a unit of its own. */
export const firstTokens = (tokens) => tokens
  .filter(({ word }, at) => word === null || word !== tokens[at - 1]?.word)
  .map(({ index }) => index);
