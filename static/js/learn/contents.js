/** The table of contents: moves within the page without touching the link, and says where one is; narrow, it is folded. */
import { byId } from "../dom.js";

export function followContents() {
  const contents = byId("contents");
  const links = [...contents.querySelectorAll("a")];
  const wide = matchMedia("(width >= 1000px)");
  const fold = () => {
    contents.open = wide.matches;
  };
  fold();
  wide.addEventListener("change", fold);
  contents.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || wide.matches) return;
    fold();
    byId("contents-title").focus();
  });
  document.addEventListener("click", (event) => {
    if (!wide.matches && !event.target.closest("summary")) fold();
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    const section = byId(link.hash.slice(1));
    section.scrollIntoView();
    section.querySelector("h2").focus({ preventScroll: true });
  });

  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const link = links.find(({ hash }) => hash === `#${target.id}`);
      if (!isIntersecting) continue;
      for (const other of links) other.removeAttribute("aria-current");
      link.setAttribute("aria-current", "location");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const section of document.querySelectorAll("main section")) seen.observe(section);
}
