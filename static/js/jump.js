/** "L5H1" and Enter open that head. */
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { begin } from "./timing.js";
import { stackOf } from "./tokens.js";

/** `L5H1`, and as people also write it: `l5h1`, `5 1`, `5.1`. */
const WRITTEN = /^\s*l?\s*(\d+)\s*[h., ]\s*(\d+)\s*$/i;

/** Returns what opens the field. */
export function createJump(store) {
  const dialog = byId("jump");
  const field = byId("jump-head");
  const problem = byId("jump-problem");

  byId("jump-form").addEventListener("submit", (event) => {
    const { layer, head, wrong } = understand(field.value, store.get());
    say(wrong);
    if (wrong) {
      event.preventDefault();
      field.select();
      return;
    }
    begin("head-switch", event.timeStamp);
    store.set({ layer, head, show: "head", hoverHead: null }, { history: "push" });
  });

  function say(wrong) {
    problem.hidden = !wrong;
    problem.textContent = wrong ?? "";
    field.setAttribute("aria-invalid", String(Boolean(wrong)));
  }

  return () => {
    if (!store.get().analysis) return;
    field.value = "";
    say();
    dialog.showModal();
  };
}

/** The head that was written, or what is wrong with it as a sentence. */
function understand(written, { analysis, stack }) {
  const found = WRITTEN.exec(written);
  if (!found) return { wrong: t("jump.unreadable") };
  const [layer, head] = found.slice(1).map(Number);
  const { layers } = stackOf(analysis, stack);
  const there = layers.find(({ index }) => index === layer);
  if (head < there?.heads) return { layer, head };
  const { heads } = there ?? layers[0];
  return { wrong: t("jump.outside", layers.map(({ index }) => index), heads) };
}
