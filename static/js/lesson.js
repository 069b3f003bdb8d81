/** The head of a lesson: its title and what its teacher says first. Both are text, never markup. */
import { byId } from "./dom.js";
import { local } from "./i18n.js";

export function createLesson(store) {
  store.on(["lesson", "lang"], ({ lesson }) => {
    byId("lesson").hidden = !lesson;
    if (!lesson) return;
    byId("lesson-title").textContent = local(lesson.title);
    byId("lesson-introduction").textContent = local(lesson.introduction ?? "");
  });
}
