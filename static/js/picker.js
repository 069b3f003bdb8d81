/** The model picker: what each model is, how large, and whether it is here. */
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";

export function createPicker(store, source) {
  const select = byId("model");

  select.addEventListener("change", () => store.set({ model: select.value }));

  function list() {
    const { models, model } = store.get();
    const groups = Object.groupBy(models, (each) => (each.source === "hub" ? "hub" : "here"));
    select.replaceChildren(...["here", "hub"].filter((name) => groups[name]).map((name) =>
      h("optgroup", { label: t(`models.${name}`) }, ...groups[name].map((each) =>
        h("option", { value: each.id }, optionText(each))))));
    select.value = model;
    facts();
  }

  function facts() {
    const { model, analysis } = store.get();
    const now = chosen();
    if (!now) return;
    const parts = [familyOf(now), sizeOf(now), statusOf(now)];
    if (analysis?.model.id === model) parts.push(`${analysis.model.device} · ${analysis.model.dtype}`);
    byId("model-facts").textContent = parts.filter(Boolean).join(" · ");
  }

  const chosen = () => store.get().models.find(({ id }) => id === store.get().model);

  /** Takes in how a model stands now. */
  function update(now) {
    const { models } = store.get();
    if (models.find(({ id }) => id === now.id)?.status === now.status) return;
    store.set({ models: models.map((each) => (each.id === now.id ? now : each)) });
  }

  store.on(["models", "lang"], list);
  store.on(["model"], () => {
    select.value = store.get().model;
  });
  store.on(["model", "analysis"], facts);
  store.on(["phase"], ({ phase, model }) => {
    if (phase !== "working" && chosen()?.status !== "ready") source.model(model).then(update, () => {});
  });
  return { update };
}

const optionText = (model) => `${model.title} · ${statusOf(model)}`;

const familyOf = ({ stacks }) => stacks.length > 0 && t(`models.family.${stacks.join("-")}`);

const sizeOf = ({ layers, heads, parameters }) => [
  layers && t("models.size", layers, heads),
  parameters && t("models.parameters", Math.round(parameters / 1e6)),
].filter(Boolean).join(" · ");

const megabytes = (bytes) => Math.round(bytes / 1e6);

/** Whether its weights must come over the network first. */
export const isRemote = ({ source, status, on_disk: onDisk }) => source === "hub" && status !== "ready" && !onDisk;

function statusOf(model) {
  if (model.status === "failed") return t("models.failed");
  if (model.status === "loading") return t("models.loading");
  if (isRemote(model)) return model.size_bytes ? t("models.download", megabytes(model.size_bytes)) : t("models.remote");
  return model.status === "ready" ? t("models.ready") : t("models.onDisk", megabytes(model.size_bytes ?? 0));
}
