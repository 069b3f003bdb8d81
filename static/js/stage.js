/** The views of the selection that take the middle: one of them is shown, each is loaded when it is first opened. */
import { wasAborted } from "./api.js";
import { stepOf, within } from "./arrows.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { begin, end, latest, painted } from "./timing.js";

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
  compare: () => import("./compare.js"),
};

export function createStage(store, session, onProblem) {
  const tabs = byId("views");
  const other = byId("view-other");
  const newest = latest();
  let open = null;

  for (const name of ["heatmap", ...Object.keys(VIEWS)]) {
    tabs.append(h("button", {
      type: "button", role: "tab", id: `tab-${name}`, "data-t": `views.${name}`,
      "aria-controls": name === "heatmap" ? "view-heatmap" : "view-other",
      onclick: (event) => choose(name, event),
    }, t(`views.${name}`)));
  }

  function choose(view, event) {
    if (store.get().view === view) return;
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

  /** Marks the tab and shows the element of the view; it is made when it is opened for the first time. */
  function turn({ view }) {
    for (const tab of tabs.children) {
      const selected = tab.id === `tab-${view}`;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
    }
    byId("view-heatmap").hidden = view !== "heatmap";
    other.hidden = view === "heatmap";
    other.setAttribute("aria-labelledby", `tab-${view}`);
    byId("views").closest(".panel").dataset.view = view;
    if (open && open.name !== view) {
      open.shown.close?.();
      other.replaceChildren();
      open = null;
    }
  }

  async function draw() {
    const state = store.get();
    turn(state);
    if (state.view === "heatmap" || !state.analysis) return;
    try {
      await newest(async (signal) => {
        const module = await VIEWS[state.view]();
        if (store.get().view !== state.view) return;
        open ??= { name: state.view, module, shown: module.create(other, store, session) };
        await open.shown.draw(store.get(), signal);
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
  store.on(Object.keys(store.get()), ({ phase }, how, changed) => {
    if (phase === "ready" && open?.module.FIELDS.some((name) => changed.has(name))) draw();
  });
  turn(store.get());
}
