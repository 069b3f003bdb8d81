/** Keys that work anywhere on the page, and the dialog that lists them. */
import { hasModifier, within } from "./arrows.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { createJump } from "./jump.js";
import { keep, recall } from "./kept.js";
import { begin } from "./timing.js";
import { layerOf, stackOf } from "./tokens.js";

const KEY = "headscope:keys";

export function createShortcuts(store, session, say) {
  const list = byId("keys");
  const on = byId("keys-on");
  const jump = createJump(store);

  const actions = {
    "[": (event) => stepLayer(-1, event),
    "]": (event) => stepLayer(1, event),
    "/": byId("text") && (() => byId("text").focus()),
    "?": () => list.showModal(),
    g: jump,
    s: switchSinks,
    w: switchUnit,
    c: () => byId("tab-compare").click(),
    e: openSave,
  };

  function stepLayer(by, event) {
    const { analysis, stack, layer, head } = store.get();
    if (!analysis) return;
    const { layers } = stackOf(analysis, stack);
    const next = layers[within(layers.indexOf(layerOf(analysis, { stack, layer })) + by, layers.length)];
    begin("head-switch", event.timeStamp);
    store.set({ layer: next.index, head: within(head, next.heads), hoverHead: null }, { history: "replace" });
  }

  function switchSinks() {
    const modes = Array.from(byId("sinks").options, ({ value }) => value);
    const sinks = modes[(modes.indexOf(store.get().sinks) + 1) % modes.length];
    store.set({ sinks });
    say(`${t("head.sinks")}: ${t(`sinks.${sinks}`)}`);
  }

  function switchUnit() {
    const unit = store.get().unit === "word" ? "token" : "word";
    store.set({ unit });
    say(`${t("head.unit")}: ${t(`unit.${unit}`)}`);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || hasModifier(event)) return;
    if (event.target.closest("dialog")) return;
    if (event.key === "Escape" && store.get().phase === "working") session.cancel();
    const act = on.checked && !event.target.closest("input, textarea, select") && actions[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act(event);
  });

  on.checked = recall(KEY) !== "off";
  on.addEventListener("change", () => keep(KEY, on.checked ? "on" : "off"));
  byId("keys-open").addEventListener("click", () => list.showModal());
  byId("keys-open").hidden = false;
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the fragment of the address holds the state of the page
    byId("overview").focus();
  });
}

function openSave() {
  const menu = byId("save-menu");
  menu.open = true;
  menu.querySelector("button").focus();
}
