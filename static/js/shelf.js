/** The dialog with what this browser remembers: views with a name, and the last texts. */
import { byId, h } from "./dom.js";
import * as history from "./history.js";
import { t } from "./i18n.js";
import { describe, understand } from "./permalink.js";
import { shorten } from "./tokens.js";

const SHOWN_CHARACTERS = 90;

/** `open(link)` opens what a view or a request says. */
export function createShelf(store, open) {
  const shelf = byId("shelf");
  const name = byId("shelf-name");

  function list() {
    const views = history.saved().map(savedRow);
    const texts = history.recent().map(recentRow);
    byId("shelf-saved").replaceChildren(...(views.length ? views : [nothing("history.noneSaved")]));
    byId("shelf-recent").replaceChildren(...(texts.length ? texts : [nothing("history.noneRecent")]));
    byId("shelf-clear").disabled = !texts.length;
    byId("shelf-save").querySelectorAll("input, button").forEach((each) => {
      each.disabled = !store.get().analysis;
    });
  }

  const nothing = (key) => h("li", { class: "quiet" }, t(key));

  function savedRow({ name: called, view }, index) {
    return h("li", { class: "shelf-row" },
      h("input", {
        value: called, "aria-label": t("history.name"), autocomplete: "off",
        onchange: ({ target }) => history.rename(index, target.value.trim() || called),
      }),
      h("button", { type: "button", class: "small", "aria-label": t("history.openNamed", called), onclick: () => show(understand(view)) },
        t("history.open")),
      h("button", { type: "button", class: "small", "aria-label": t("history.deleteNamed", called), onclick: () => drop(index) },
        t("history.delete")),
      h("p", { class: "quiet", dir: "auto" }, shorten(view.text, SHOWN_CHARACTERS)));
  }

  function recentRow(request) {
    const { model, text, text_pair: pair } = request;
    return h("li", {}, h("button", {
      type: "button", class: "shelf-text", onclick: () => show({ request, selection: {} }),
    }, h("bdi", {}, shorten(pair ? `${text} / ${pair}` : text, SHOWN_CHARACTERS)), h("span", { class: "quiet" }, store.get().models.find(({ id }) => id === model)?.title ?? model)));
  }

  function show(link) {
    shelf.close();
    open(link);
  }

  function drop(index) {
    history.remove(index);
    list();
    (byId("shelf-saved").querySelectorAll("button")[2 * index] ?? name).focus();
  }

  byId("shelf-open").addEventListener("click", () => {
    name.value = store.get().analysis ? suggested(store.get()) : "";
    byId("shelf-full").hidden = true;
    byId("shelf-remember").checked = history.remembers();
    list();
    shelf.showModal();
  });
  byId("shelf-save").addEventListener("submit", (event) => {
    event.preventDefault();
    byId("shelf-full").hidden = history.save(name.value.trim() || suggested(store.get()), describe(store.get()));
    list();
  });
  byId("shelf-clear").addEventListener("click", () => {
    history.clearRecent();
    list();
    byId("shelf-remember").focus();
  });
  byId("shelf-remember").addEventListener("change", ({ target }) => {
    history.setRemembers(target.checked);
    list();
  });
  store.on(["analysis"], ({ analysis }) => history.remember(analysis.request));
}

const suggested = ({ analysis, layer, head, show }) =>
  `${t(`head.name.${show}`, layer, head)} · ${shorten(analysis.request.text.trim(), 40)}`;
