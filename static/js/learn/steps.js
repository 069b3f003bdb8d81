/** The five steps from a query to an output, drawn anew whenever the numbers change. */
import { byId, h } from "../dom.js";
import { t } from "../i18n.js";
import { showProblem } from "../problems.js";
import { drawMask } from "./mask.js";
import { drawProduct } from "./product.js";
import { drawScores, drawSoftmax } from "./softmax.js";
import { drawValues } from "./values.js";

const STEPS = { product: drawProduct, scores: drawScores, mask: drawMask, softmax: drawSoftmax, values: drawValues };

/** `openOn(model)` reads the text with another model. */
export function createSteps(store, { retry, openOn }) {
  const pick = (key) => store.set({ key }, { history: "push" });

  function draw() {
    const { facts } = store.get();
    if (!facts) return;
    for (const [id, step] of Object.entries(STEPS)) byId(`${id}-live`).replaceChildren(...step(facts, { store, openOn, pick }));
    const { view, query, key } = facts;
    byId("steps").dataset.shown = `L${view.layer}H${view.head} ${query} ${key.index}`;
  }

  function tell() {
    const { factsProblem: problem } = store.get();
    byId("steps").hidden = Boolean(problem);
    const place = byId("steps-problem");
    if (problem?.name !== "not-supported") return showProblem(place, problem, [[t("problem.retry"), () => retry()]]);
    place.hidden = false;
    return place.replaceChildren(h("span", {}, t("learn.unsupported")));
  }

  store.on(["facts", "lang"], draw);
  store.on(["factsProblem", "lang"], tell);
}
