/** Words instead of tokens. */

/** The document of an analysis with words for tokens. */
export const inWords = (document) => ({ ...document });
