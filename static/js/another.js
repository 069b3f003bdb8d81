/** A model that is not in the list: its id is asked for, where the server offers every one of the Hub. */
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { sentenceOf } from "./problems.js";

export function createAnother(store, source) {
  const dialog = byId("another");
  const field = byId("another-id");
  const problem = byId("another-problem");
  const open = byId("another-open");

  byId("another-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    say();
    try {
      const model = await source.model(field.value.trim());
      const { models } = store.get();
      if (!models.some(({ id }) => id === model.id)) store.set({ models: [...models, model] });
      store.set({ model: model.id });
      dialog.close();
    } catch (error) {
      say(error.name === "unknown-model" ? t("another.unreadable") : sentenceOf(error));
      field.select();
    }
  });

  open.addEventListener("click", () => {
    say();
    dialog.showModal();
    field.select();
  });
  store.on(["anyModel"], ({ anyModel }) => {
    open.hidden = !anyModel;
  });

  function say(wrong) {
    problem.hidden = !wrong;
    problem.textContent = wrong ?? "";
    field.setAttribute("aria-invalid", String(Boolean(wrong)));
  }
}
