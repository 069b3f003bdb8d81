/** The one state that every view reads. What is hovered and what is selected are apart. */

/**
 * @typedef {object} State
 * @property {object|null} lesson    what the server teaches: its title, introduction and texts
 * @property {object[]} models        what the server offers
 * @property {boolean} anyModel       whether it offers every model of the Hub beside them
 * @property {string} model           chosen in the picker, perhaps not analysed yet
 * @property {"idle"|"working"|"ready"|"error"} phase
 * @property {string|null} run       name under which the newest analysis can be watched
 * @property {Error|null} problem     why the last analysis failed
 * @property {object|null} document   the analysis as the API gives it
 * @property {object|null} analysis   the same as the lens reads it (lens.js): its tokens may be words
 * @property {object|null} weights    its attention (weights.js)
 * @property {object|null} example    the example that is open
 * @property {string} stack
 * @property {number} layer
 * @property {number} head
 * @property {number} query           token that looks
 * @property {number} key             token that is looked at
 * @property {"head"|"mean"|"max"} show
 * @property {"linear"|"sqrt"|"log"} scale
 * @property {"off"|"shown"|"hidden"|"renormalised"} sinks
 * @property {string} view           what the middle shows: "heatmap", or one of stage.js
 * @property {"token"|"word"} unit
 * @property {string|null} keep      which weights are left in sight, as the API spells it ("top:5"); null for all
 * @property {string|null} between   which segments look at which ("ab": the first text at the second); null for all
 * @property {string|null} sort      what the heads are sorted by; null for their own order
 * @property {object|null} order     the heads as `sort` puts them (sorting.js)
 * @property {string|null} querySet  several queries as ranges ("3:5,7:8"); null for the one that is selected
 * @property {string|null} keySet    several keys
 * @property {"looks"|"looked"} direction  what the text shows of what is chosen: where it looks, or who looks at it
 * @property {string|null} against   what the open head is compared with (compare.js); null for nothing
 * @property {string|null} lineHeads heads of the layer that are drawn as lines ("0,3"); null for the open one
 * @property {"one"|"all"} lineQueries whose lines: those of the selected query, or of all in sight
 * @property {string} lineMass      share of each row that its strongest keys make up, and lines are drawn for
 * @property {"auto"|"vertical"|"horizontal"} lineLayout
 * @property {"query"|"key"|null} lineSide which side of the lines is pointed at
 * @property {string|null} lineSight queries in sight, whose lines are drawn when those of all are ("0:22")
 * @property {Map<string, number>|null} guesses strongest key of each row as the reader guessed it (arithmetic/guess.js);
 *   null while nobody guesses
 * @property {"max"|"mean"} pool    what a cell that stands for several weights shows
 * @property {string|null} zoom      window of the head that is in sight (viewport.js); null for all of it
 * @property {boolean} replaced      whether the head or word that was asked for is not there
 * @property {{layer: number, head: number}|null} hoverHead
 * @property {{query: number, key: number}|null} hoverCell
 * @property {{query: string, key: string}|null} hoverSides  ranges that are pointed at where one of them is a set
 * @property {object|null} shown      {view, picture, analysis}: the newest whole head that the middle has drawn
 * @property {object|null} painted   {view, analysis, pictures, grain} that it is painted from: the whole head, or a rough
 *   picture in its place, then finer parts in sight; and how coarse what is in sight is (bins.js)
 * @property {object|null} sinkShares how much of each head of the shown layer the sinks take
 * @property {object|null} checks     as they stand since the open head was verified
 * @property {object|null} counted    what was typed, as the chosen model would read it: {request, tokens, count, limit}
 * @property {"en"|"zh"} lang
 * @property {"light"|"dark"} theme
 */

const INITIAL = {
  lesson: null, models: [], anyModel: false, model: "", phase: "idle", run: null, problem: null, document: null, analysis: null, weights: null, example: null,
  stack: "", layer: 0, head: 0, query: 0, key: 0, show: "head", scale: "linear", sinks: "off", pool: "max", zoom: null, replaced: false,
  view: "heatmap", unit: "token", keep: null, between: null, sort: null, querySet: null, keySet: null, direction: "looks", against: null,
  lineHeads: null, lineQueries: "one", lineMass: "0.7", lineLayout: "auto", lineSide: null, lineSight: null, guesses: null,
  hoverHead: null, hoverCell: null, hoverSides: null, shown: null, order: null, painted: null, compared: null, sinkShares: null, checks: null, counted: null,
};

/** @param {{lang: string, theme: string}} preferences */
export function createStore(preferences) {
  let state = Object.freeze({ ...INITIAL, ...preferences });
  const listeners = new Set();

  return {
    get: () => state,

    /** Change some fields; `how.history` ("push" or "replace") tells the link how to follow. */
    set(given, how = {}) {
      const patch = letGo(given);
      const changed = new Set(Object.keys(patch).filter((name) => !same(state[name], patch[name])));
      if (!changed.size) return;
      state = Object.freeze({ ...state, ...patch });
      for (const listener of [...listeners]) {
        if (listener.names.some((name) => changed.has(name))) listener.call(state, how, changed);
      }
    },

    /** Call back, in order of registration, when one of these fields changes, until what this returns is called. */
    on(names, call) {
      const listener = { names, call };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Who selects one token lets go of the set of its side. */
const letGo = (patch) => ({
  ...("query" in patch && { querySet: null }), ...("key" in patch && { keySet: null }), ...patch,
});

/** Hovered places are small records made anew on each event. */
function same(one, other) {
  if (one === other) return true;
  if (!isPlace(one) || !isPlace(other)) return false;
  return one.layer === other.layer && one.head === other.head
    && one.query === other.query && one.key === other.key;
}

const isPlace = (value) => value !== null && typeof value === "object"
  && ("query" in value || "head" in value) && Object.keys(value).length === 2;
