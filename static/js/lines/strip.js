/** The heads of the open layer: a click takes one in or out, a double click shows it alone. */
import { h } from "../dom.js";
import { within } from "../arrows.js";
import { t } from "../i18n.js";
import { begin } from "../timing.js";
import { layerOf } from "../tokens.js";
import { headColour } from "./colours.js";
import { allOrOne, drawnHeads, isolated, toggled } from "./heads.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

export function createStrip(store) {
  const bar = h("div", { class: "lines-heads", role: "toolbar", "data-t-label": "lines.heads" });
  const all = h("button", { type: "button", class: "small", onclick: (event) => change(event, allOrOne(store.get())) });
  const why = h("p", { class: "quiet", "data-t": "lines.notOne", hidden: true }, t("lines.notOne"));
  const hint = h("span", { class: "quiet", "data-t": "lines.headsHint" }, t("lines.headsHint"));
  const root = h("div", { class: "lines-strip" }, bar, all, hint, why);
  let buttons = [];

  function change(event, patch, history = "push") {
    begin("head-switch", event.timeStamp);
    store.set({ ...patch, hoverHead: null }, { history });
  }

  const button = (head) => h("button", {
    type: "button", class: "line-head", "data-head": head, title: t("lines.headsHint"),
    onclick: (event) => {
      if (event.shiftKey) change(event, isolated(head));
      else if (event.detail < 2) change(event, toggled(store.get(), head));
    },
    ondblclick: (event) => change(event, isolated(head), "replace"),
  }, h("i", { "aria-hidden": "true" }), `H${head}`);

  /** One stop for Tab; arrow keys walk the heads. */
  bar.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.shiftKey) {
      event.preventDefault();
      change(event, isolated(buttons.indexOf(document.activeElement)));
    }
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    stopAt(within(buttons.indexOf(document.activeElement) + STEPS[event.key], buttons.length)).focus();
  });

  function stopAt(at) {
    buttons.forEach((each, i) => { each.tabIndex = i === at ? 0 : -1; });
    return buttons[at];
  }

  function show(state) {
    const { heads } = layerOf(state.analysis, state);
    const [drawn, isOne] = [drawnHeads({ ...state, hoverHead: null }), state.show === "head"];
    bar.setAttribute("aria-label", t("lines.heads"));
    if (buttons.length !== heads) {
      buttons = Array.from({ length: heads }, (_, head) => button(head));
      bar.replaceChildren(...buttons);
      stopAt(Math.min(state.head, heads - 1));
    }
    buttons.forEach((each, head) => {
      each.disabled = !isOne;
      each.setAttribute("aria-pressed", String(isOne && drawn.includes(head)));
      each.toggleAttribute("data-open", head === state.head);
      const isAlone = drawn.length === 1 && drawn[0] === head; // then it is drawn as attention is everywhere
      each.style.setProperty("--head", isAlone ? "var(--accent)" : headColour(state.theme, head));
    });
    all.textContent = t(drawn.length === heads && heads > 1 ? "lines.onlyOpen" : "lines.allHeads");
    all.disabled = !isOne;
    [hint.hidden, why.hidden] = [!isOne, isOne];
  }

  return { root, show };
}
