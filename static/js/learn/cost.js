/** What attention costs on this machine: measured length after length, until it takes too long. */
import { wasAborted } from "../api.js";
import { byId, h } from "../dom.js";
import { t } from "../i18n.js";
import { showProblem } from "../problems.js";
import { costChart } from "./chart.js";

const FIRST = 64;
/** The next length, four times as dear, is not begun above this. */
const LONGEST_CALL_MS = 4000;

export function createCost(store, source) {
  const [start, stop, status] = ["cost-start", "cost-stop", "cost-status"].map(byId);
  let controller = null;
  let points = [];
  let said = null;

  function say(key, ...params) {
    said = key && [key, params];
    status.textContent = said ? t(key, ...params) : "";
  }

  function running(on) {
    const held = [start, stop].includes(document.activeElement);
    start.hidden = on;
    stop.hidden = !on;
    if (held) (on ? stop : start).focus();
  }

  async function measure() {
    const model = store.get().models.find(({ id }) => id === store.get().model);
    const own = new AbortController();
    controller = own;
    points = [];
    showProblem(byId("cost-problem"), null);
    draw();
    running(true);
    try {
      say(...await walk(model, own.signal));
    } catch (error) {
      say(wasAborted(error) ? "learn.cost.stopped" : null);
      if (!wasAborted(error)) showProblem(byId("cost-problem"), error, [[t("problem.retry"), measure]]);
    }
    running(false);
  }

  /** Returns why it ended. */
  async function walk(model, signal) {
    for (const tokens of lengths(model.max_tokens)) {
      say("learn.cost.running", tokens);
      const began = performance.now();
      const point = await source.cost({ model: model.id, tokens }, signal);
      signal.throwIfAborted();
      points = [...points, point];
      draw();
      if (performance.now() - began > LONGEST_CALL_MS) return ["learn.cost.slow"];
    }
    return model.max_tokens ? ["learn.cost.limit", model.max_tokens] : ["learn.cost.done"];
  }

  function draw() {
    const { models } = store.get();
    byId("cost-live").replaceChildren(...(points.length ? [setting(points[0], models), costChart(points), table(points)] : []));
    if (said) say(said[0], ...said[1]);
  }

  function forget() {
    controller?.abort();
    points = [];
    say(null);
    draw();
  }

  start.addEventListener("click", measure);
  stop.addEventListener("click", () => controller.abort());
  store.on(["lang"], draw);
  store.on(["model"], forget);
}

/** 64, 128, ... and the model's limit; without one, until it takes too long. */
function lengths(limit) {
  const found = [];
  for (let tokens = FIRST; tokens < (limit ?? 65_536); tokens *= 2) found.push(tokens);
  return limit ? [...found, limit] : found;
}

function setting({ model, device, dtype, threads }, models) {
  const title = models.find(({ id }) => id === model).title;
  return h("p", { class: "quiet", id: "cost-setting" }, t("learn.cost.setting", title, device, dtype, threads));
}

const COLUMNS = {
  tokens: ({ tokens }) => tokens,
  eager: ({ attention_ms: ms }) => ms.eager,
  sdpa: ({ attention_ms: ms }) => ms.sdpa,
  forward: ({ forward_ms: ms }) => ms,
  memory: ({ attention_bytes: bytes }) => bytes.weights / 1e6,
};

function table(points) {
  const write = (value, name) => (value === null ? t("learn.cost.none") : name === "tokens" ? String(value) : value.toFixed(value < 10 ? 2 : 1));
  const cells = (point) => Object.entries(COLUMNS).map(([name, read], at) =>
    h(at ? "td" : "th", at ? {} : { scope: "row" }, write(read(point), name)));
  return h("div", { class: "key-table", tabindex: "0", role: "group", "aria-label": t("learn.cost.caption") },
    h("table", { id: "cost-table" }, h("caption", {}, t("learn.cost.caption")),
      h("thead", {}, h("tr", {}, ...Object.keys(COLUMNS).map((name) => h("th", { scope: "col" }, t(`learn.cost.${name}`))))),
      h("tbody", {}, ...points.map((point) => h("tr", {}, ...cells(point))))));
}
