/** Says when a model cannot read what was typed, and names one on this server that can. */
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { isRemote } from "./picker.js";
import { latest } from "./timing.js";
import { isPart } from "./pieces.js";

const UNREAD = 0.1;
const IN_BYTES = 0.5;

export function createUnread(store, source) {
  const note = byId("unread");
  const newest = latest();

  function show() {
    const { counted, models } = store.get();
    const share = counted ? unreadShare(counted.tokens) : 0;
    say();
    if (share > UNREAD) warn(counted, models, share);
    else if (counted && mostlyParts(counted.tokens)) say(t("unread.bytes", titleOf(models, counted.request.model)));
    newest(async () => {});
    if (share > UNREAD) newest((signal) => offer(counted, share, signal));
  }

  function say(...children) {
    if (note.contains(document.activeElement)) byId("text").focus();
    note.hidden = !children.length;
    note.replaceChildren(...children);
  }

  const warn = ({ request }, models, share, ...more) =>
    say(t("unread.share", Math.round(share * 100), titleOf(models, request.model)), ...more);

  async function offer(counted, share, signal) {
    const { models } = store.get();
    const better = await best(counted.request, models, share, signal);
    if (store.get().counted !== counted) return;
    warn(counted, models, share, " ", ...(better ? [h("button", {
      type: "button", class: "small", onclick: () => store.set({ model: better.id }),
    }, t("unread.use", titleOf(models, better.id))), t("unread.reads", Math.round(better.share * 100))]
      : [t("unread.none")]));
  }

  /** The model with the smallest unread share, asked one at a time until one reads all of it. */
  async function best(request, models, share, signal) {
    let found = { id: null, share };
    for (const { id } of candidates(models, request)) {
      const answer = await source.tokenize({ ...request, model: id }, signal).catch((error) => {
        if (signal.aborted) throw error;
        return null; // it does not load or takes no text: not one to name
      });
      if (answer && unreadShare(answer.tokens) < found.share) found = { id, share: unreadShare(answer.tokens) };
      if (found.share === 0) break;
    }
    return found.id && found;
  }

  store.on(["counted", "models", "lang"], show);
}

/** Models that are here already, those in memory first; none is downloaded to find out. */
function candidates(models, { model, text_pair: pair }) {
  const here = models.filter((each) => each.id !== model && !isRemote(each)
    && each.status !== "failed" && (pair === null || each.pairs));
  return here.sort((a, b) => Number(b.status === "ready") - Number(a.status === "ready"));
}

const titleOf = (models, id) => models.find((each) => each.id === id).title;

function unreadShare(tokens) {
  const typed = tokens.filter(({ special }) => !special);
  return typed.filter(({ unknown }) => unknown).length / (typed.length || 1);
}

const mostlyParts = (tokens) => tokens.filter(isPart).length > IN_BYTES * tokens.length;
