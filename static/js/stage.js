/** The views of the selection that take the middle: one of them is shown, each is loaded when it is first opened. */
import { wasAborted } from "./api.js";
import { stepOf, within } from "./arrows.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { begin, end, latest, painted } from "./timing.js";
import { stackOf } from "./tokens.js";

/**
 * Those beside the heatmap. A module has
 *
 *   FIELDS                        names of the store's fields that change its picture
 *   create(root, store, session)  {draw, close}, for an empty element of the page
 *
 * `draw(state, signal)` resolves when the picture of this state is in the document, and throws what could not
 * be fetched. `close()`, if there is one, lets go of what lies outside the element. What a view draws is
 * `viewOf(state)` (head.js), so that a hovered head is previewed.
 */
export const VIEWS = {
  lines: () => import("./lines.js"),
  arithmetic: () => import("./arithmetic.js"),
  layer: async () => (await import("./grids.js")).layer,
  layers: async () => (await import("./grids.js")).layers,
  compare: () => import("./compare.js"),
};

/** Why a view has nothing to show of this selection, as a key of i18n.js, or null; the document says what its stacks lack. */
export function whyNot({ document, stack, show }, view) {
  const why = document && stackOf(document, stack).no_views[view];
  if (why) return `views.why.${why}`;
  return view === "layer" && show !== "head" ? "views.why.oneHead" : null;
}

export function createStage(store, session, onProblem) {
  const tabs = byId("views");
  const newest = latest();
  let other = byId("view-other");
  let open = null;

  for (const name of ["heatmap", ...Object.keys(VIEWS)]) {
    tabs.append(h("button", {
      type: "button", role: "tab", id: `tab-${name}`, "data-t": `views.${name}`,
      "aria-controls": name === "heatmap" ? "view-heatmap" : "view-other",
      onclick: (event) => choose(name, event),
    }, t(`views.${name}`)));
  }

  function choose(view, event) {
    if (store.get().view === view || whyNot(store.get(), view)) return;
    begin("view-switch", event.timeStamp);
    store.set({ view }, { history: "push" });
  }

  tabs.addEventListener("keydown", (event) => {
    const step = stepOf(event);
    if (!step) return;
    event.preventDefault();
    const all = [...tabs.children];
    all[within(all.indexOf(document.activeElement) + step[1], all.length)].focus();
  });

  /** Marks the tab and shows the element of the view. */
  function turn({ view }) {
    for (const tab of tabs.children) {
      const selected = tab.id === `tab-${view}`;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
    }
    grey();
    byId("view-heatmap").hidden = view !== "heatmap";
    other.hidden = view === "heatmap";
    other.setAttribute("aria-labelledby", `tab-${view}`);
    byId("panels").dataset.view = view;
  }

  /** Each opening has an element of its own: what comes late for a view that was left lands nowhere. */
  function leave() {
    newest(async () => {});
    open?.shown.close?.();
    open = null;
    const fresh = h("div", { id: other.id, class: "view-other picture", role: "tabpanel" });
    other.replaceWith(fresh);
    other = fresh;
  }

  /** What this analysis has no numbers for is greyed, and the reason stands beside the tabs. */
  function grey() {
    const reasons = [];
    for (const tab of tabs.children) {
      const why = whyNot(store.get(), tab.id.slice("tab-".length));
      tab.setAttribute("aria-disabled", String(Boolean(why)));
      if (why) reasons.push(`${tab.textContent}${t("colon")}${t(why)}`);
    }
    byId("views-why").textContent = reasons.join(" ");
    byId("views-why").hidden = !reasons.length;
  }

  /** A view is made when it is opened. */
  async function draw() {
    const state = store.get();
    const why = whyNot(state, state.view);
    if (state.view !== open?.name || why) leave();
    turn(state);
    if (state.view === "heatmap" || !state.analysis) return;
    if (why) {
      other.replaceChildren(h("p", { class: "note" }, t(why)));
      return;
    }
    try {
      await newest(async (signal) => {
        const module = open?.module ?? await VIEWS[state.view](); // even one that is there comes a task later
        signal.throwIfAborted();
        open ??= { name: state.view, module, shown: module.create(other, store, session) };
        open.drawn = store.get();
        await open.shown.draw(open.drawn, signal);
        await painted();
        end("view-switch");
        end("head-switch");
        onProblem(null);
      });
    } catch (error) {
      if (!wasAborted(error)) onProblem(error, draw);
    }
  }

  session.onAnalysis(draw);
  store.on(["view"], draw);
  store.on(["lang", "stack", "show"], (state) =>
    (state.view !== "heatmap" && (!open || whyNot(state, state.view)) ? draw() : grey()));
  store.on(Object.keys(store.get()), (state) => {
    if (open && state.phase !== "working" && open.module.FIELDS.some((name) => state[name] !== open.drawn[name])) draw();
  });
  turn(store.get());
}
