/** What the open head is compared with: another head, another text, another model. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { isRemote } from "../picker.js";
import { begin } from "../timing.js";
import { stackOf } from "../tokens.js";
import { editOf, kindOf, requestOf, spell } from "./against.js";

const KINDS = ["head", "text", "model"];

export function createToolbar(store) {
  const kind = h("select", { id: "compare-kind" }, ...KINDS.map((name) =>
    h("option", { value: name, "data-t": `compare.kind.${name}` }, t(`compare.kind.${name}`))));
  const model = h("select", { id: "compare-model" });
  const layer = h("select", { id: "compare-layer" });
  const head = h("select", { id: "compare-head" });
  const text = h("textarea", { id: "compare-text", rows: 2, dir: "auto", spellcheck: "false" });
  const go = h("button", { class: "small", "data-t": "compare.go" }, t("compare.go"));
  const labelled = (field, key) => h("div", {}, h("label", { for: field.id, "data-t": key }, t(key)), field);
  const [ofModel, ofLayer, ofHead] = [
    labelled(model, "compare.model"), labelled(layer, "compare.layer"), labelled(head, "compare.head")];
  const ofText = h("form", { class: "compare-edit" }, labelled(text, "compare.edit"), go);
  const element = h("div", { class: "compare-with" }, labelled(kind, "compare.with"), ofModel, ofLayer, ofHead, ofText);
  let wanted = {};

  const choose = (patch) => {
    begin("head-switch");
    store.set({ against: spell({ ...patch, ...(wanted.order && { order: wanted.order }) }) }, { history: "push" });
  };

  const others = ({ models, document }) =>
    models.filter((each) => each.id !== document.model.id && each.status !== "failed" && !isRemote(each));

  /** Of a pair only those that read pairs. */
  const reads = ({ document }, { pairs }) => document.request.text_pair === null || pairs;
  const readable = (state) => others(state).filter((each) => reads(state, each));

  kind.addEventListener("change", () => {
    if (kind.value === "head") choose({});
    else if (kind.value === "model") choose({ model: readable(store.get())[0].id });
    else choose({ edit: [0, "", ""] });
    if (kind.value !== "text") return;
    ofText.hidden = false;
    text.focus();
  });
  model.addEventListener("change", () => choose({ model: model.value }));
  for (const select of [layer, head]) {
    select.addEventListener("change", () => choose({
      ...(wanted.model !== undefined && { model: wanted.model }),
      layer: Number(layer.value), ...(!ofHead.hidden && { head: Number(head.value) }),
    }));
  }
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    ofText.requestSubmit();
  });
  ofText.addEventListener("submit", (event) => {
    event.preventDefault();
    choose({ edit: editOf(store.get().document.request.text, text.value) });
  });

  /** Before B is there. */
  function show(state, now) {
    wanted = now;
    const open = kindOf(wanted);
    kind.value = open;
    [ofModel.hidden, ofText.hidden] = [open !== "model", open !== "text"];
    [ofLayer.hidden, ofHead.hidden] = [open === "text", open === "text" || state.show !== "head"];
    const here = others(state);
    const noModel = !here.length ? "compare.oneModel" : !readable(state).length && "compare.noPairs";
    const reasons = state.models.length ? { model: noModel } : { text: "compare.saved", model: "compare.saved" };
    for (const option of kind.options) grey(option, t(`compare.kind.${option.value}`), reasons[option.value]);
    fill(model, here.map(({ id, title }) => [id, title]), wanted.model);
    here.forEach((each, at) => grey(model.options[at], each.title, !reads(state, each) && "compare.noPairs"));
    const edited = requestOf(state.document.request, wanted).text;
    if (text.dataset.of !== edited) text.value = edited;
    text.dataset.of = edited;
  }

  /** B's layers and heads, and which of them it is. */
  function showHead(other, theirs) {
    const { layers } = stackOf(other, theirs.stack);
    fill(layer, layers.map(({ index }) => [index, index]), theirs.layer);
    const { heads } = layers.find(({ index }) => index === theirs.layer);
    fill(head, Array.from({ length: heads }, (_, at) => [at, at]), theirs.head);
  }

  return { element, show, showHead };
}

/** What cannot be chosen says why. */
function grey(option, name, reason) {
  option.disabled = Boolean(reason);
  option.textContent = name + (reason ? ` (${t(reason)})` : "");
}

function fill(select, options, value) {
  select.replaceChildren(...options.map(([id, label]) => h("option", { value: id }, String(label))));
  select.value = String(value);
}
