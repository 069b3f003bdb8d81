/** The heads that differ most, or least: a click opens one. */
import { h, refill } from "../dom.js";
import { t } from "../i18n.js";
import { sentenceOf } from "../problems.js";
import { settle } from "../timing.js";
import { formatWeight } from "../tokens.js";
import { ORDERS } from "./against.js";

const MOST = 10;
/** Who walks along the heads does not wait for lists that are gone at once. */
const REST_MS = 250;

/** `onOrder(order)` and `onOpen({layer, head})` hear what is chosen. */
export function createRanking({ onOrder, onOpen }) {
  const title = h("h3", {});
  const order = h("select", { id: "compare-order", "data-t-label": "compare.order", "aria-label": t("compare.order") },
    ...ORDERS.map((name) => h("option", { value: name, "data-t": `compare.order.${name}` }, t(`compare.order.${name}`))));
  const list = h("ol", { class: "chips", "data-t-label": "compare.list", "aria-label": t("compare.list") });
  const note = h("p", { class: "quiet" });
  const element = h("section", { class: "compare-ranking" }, h("div", { class: "compare-ranking-top" }, title, order), list, note);
  order.addEventListener("change", () => onOrder(order.value));
  let [newest, under] = [null, new AbortController()];

  function show(question, ranking) {
    const { by, open, self } = question;
    title.textContent = question.title;
    const values = ranking[by.replace("least_", "")];
    note.textContent = !values ? t("compare.nothingShared")
      : ranking.rows < ranking.aligned ? t("compare.sampled", ranking.rows, ranking.aligned) : "";
    const found = (values ?? []).flatMap((row, i) => row.map((value, head) => ({ layer: ranking.layers[i], head, value })))
      .filter(({ layer, head }) => !self || layer !== self.layer || head !== self.head);
    const sign = by.startsWith("least_") ? -1 : 1;
    found.sort((a, b) => sign * (b.value - a.value));
    refill(list, ...found.slice(0, MOST).map((one, i) => h("li", {}, h("button", {
      type: "button", class: "chip", "aria-pressed": String(one.layer === open.layer && one.head === open.head),
      onclick: () => onOpen({ layer: one.layer, head: one.head }),
    }, h("span", { class: "rank" }, t("pair.rank", i + 1)), " ", h("b", {}, t("head.name.head", one.layer, one.head)), " ", formatWeight(one.value)))));
  }

  const ask = settle(REST_MS, async (question) => {
    if (newest !== question) return;
    try {
      const ranking = await question.ask(under.signal);
      if (newest === question) show(question, ranking);
    } catch (error) {
      if (newest !== question) return;
      refill(list);
      note.textContent = sentenceOf(error);
    }
  });

  /** What is under way is not wanted any more; the list stays until the next one is there. */
  function wait() {
    newest = null;
    under.abort();
    under = new AbortController();
  }

  return {
    element,
    wait,

    /**
     * The list and its title change together, once the numbers are there.
     *
     * @param question  {ask, by, title, open, self}: how to get the numbers, and how to list them; null for none
     */
    draw(question) {
      wait();
      newest = question;
      element.hidden = !question;
      if (!question) return;
      order.value = question.by;
      ask(question);
    },
  };
}
