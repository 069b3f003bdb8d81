/** All words of the page come from one catalogue per language. */
import en from "./texts/en.js";
import zh from "./texts/zh.js";
import { choose, recall } from "./kept.js";

const CATALOGUES = { en, zh };
const KEY = "headscope:lang";
let catalogue = en;

const systemLanguage = () => (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

/** A page's own long texts, added before anything is shown. */
export function extend(more) {
  for (const [lang, texts] of Object.entries(more)) Object.assign(CATALOGUES[lang], texts);
}

export const initialLanguage = () => recall(KEY) ?? systemLanguage();

/** A text by its key; entries with a hole are functions of their parameters. */
export function t(key, ...params) {
  const text = catalogue[key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return typeof text === "function" ? text(...params) : text;
}

/** Words that are not the page's own: one text, or one by language. */
export const local = (words) => (typeof words === "string"
  ? words
  : words[CATALOGUES.zh === catalogue ? "zh" : "en"] ?? words.en ?? words.zh);

/** Whether the catalogue knows this key: problems of later servers have names of their own. */
export const knows = (key) => key in catalogue;

/** Must be registered before any view, so that views find the new words. */
export function followLanguage(store, button) {
  const apply = () => {
    const { lang } = store.get();
    catalogue = CATALOGUES[lang];
    [document.documentElement.lang, button.lang] = lang === "zh" ? ["zh-CN", "en"] : ["en", "zh-CN"];
    for (const element of document.querySelectorAll("[data-t]")) {
      element.textContent = t(element.dataset.t);
    }
    for (const element of document.querySelectorAll("[data-t-label]")) {
      element.setAttribute("aria-label", t(element.dataset.tLabel));
      if (element.matches("button, canvas")) element.title = t(element.dataset.tLabel);
    }
    for (const element of document.querySelectorAll("[data-t-placeholder]")) {
      element.placeholder = t(element.dataset.tPlaceholder);
    }
  };
  apply();
  store.on(["lang"], apply);
  button.addEventListener("click", () => {
    const lang = store.get().lang === "zh" ? "en" : "zh";
    choose(KEY, lang, systemLanguage());
    store.set({ lang });
  });
  window.addEventListener("languagechange", () => store.set({ lang: initialLanguage() }));
}
