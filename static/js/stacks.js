/** Which stack is open, where an analysis has several: the encoder, the decoder, or what one asks of the other. */
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";

export function createStacks(store, session) {
  const select = byId("stack");
  select.addEventListener("change", () =>
    session.analyse(store.get().document.request, { selection: { stack: select.value } }));

  function show() {
    const { analysis, stack } = store.get();
    if (!analysis) return;
    const names = analysis.stacks.map(({ name }) => name);
    select.parentElement.hidden = names.length === 1;
    select.replaceChildren(...names.map((name) => h("option", { value: name }, t(`stack.${name}`))));
    select.value = stack;
  }

  store.on(["analysis", "lang"], show);
}
