/** The words of Lines in English. Entries with a hole are functions. */

const number = (n) => n.toLocaleString("en");

export default {
  "lines.gap": " ",
  "lines.label": "Lines from queries to the keys they look at. In a list, arrow keys walk along it; across leads to the other list.",
  "lines.heads": "Heads that are drawn",
  "lines.headsHint": "Click takes a head in or out; double click, or Shift and click or Enter, shows it alone.",
  "lines.allHeads": "All heads",
  "lines.onlyOpen": "Open head only",
  "lines.notOne": "The whole layer is drawn as one: choose “one head” above to draw heads one by one.",
  "lines.lineQueries": "Lines of",
  "lines.lineQueries.one": "this query",
  "lines.lineQueries.all": "all queries",
  "lines.lineMass": "Strongest keys",
  "lines.lineMass.0.5": "that make up 50%",
  "lines.lineMass.0.7": "that make up 70%",
  "lines.lineMass.0.9": "that make up 90%",
  "lines.lineMass.1": "all of them",
  "lines.lineLayout": "Layout",
  "lines.lineLayout.auto": "by the text",
  "lines.lineLayout.vertical": "vertical",
  "lines.lineLayout.horizontal": "horizontal",

  "lines.count": (shown, all, sinks) => `Showing ${number(shown)} of ${number(all)} lines${sinks ? `, and ${number(sinks)} dashed to sinks` : ""}:`,
  "lines.fromQuery": (query) => `from ${query}`,
  "lines.toKey": (key) => `to ${key}, from those who look at it`,
  "lines.fromAll": "from all queries",
  "lines.fromSight": (first, last, all) => `from the queries in sight, ${number(first)} to ${number(last)} of ${number(all)}`,
  "lines.byKeys": (percent, offSinks) => `to the strongest keys that make up ${percent}% of ${offSinks ? "what the sinks do not take" : "its weight"}.`,
  "lines.byQueries": (percent) => `the strongest that make up ${percent}% of what it gets.`,
  "lines.end": "(all that there are).",
  "lines.limit": (most, all) => `Only the strongest ${number(most)} of these ${number(all)} are drawn.`,
  "lines.beyond": (count) => `${number(count)} lead out of sight: scroll to follow them.`,
  "lines.hidden": "Sinks are hidden.",
  "lines.renormalised": "Sinks are hidden, the other weights renormalised.",
  "lines.opacity": (scale, top) => `Opacity: ${scale}, from 0 to ${top}, the largest drawn.`,
  "lines.dashed": "Dashed: sinks, off the scale; printed is the share they take.",

  "lines.words": (query, heads, more) => `${query}. ${heads.join(" ")}${more ? ` And ${number(more)} more heads.` : ""}`,
  "lines.words.head": (head, list) => `${head} looks most at ${list}.`,
};
