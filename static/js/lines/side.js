/** One side of the lines as a list of tokens, of which only those in sight are in the document. */
import { hasModifier, stepOf, within } from "../arrows.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { fingerOf, isTouch } from "../touch.js";
import { nameOf } from "./layout.js";

/**
 * @param {"query"|"key"} side
 * @param {{onPoint: Function, onPick: Function, onCross: Function, pointed: () => number|null}} hear  `onPoint(index)`,
 *   null when the pointer leaves; `onPick(index, history)`; `onCross()` for a key that leads to the other side
 */
export function createSide(side, { onPoint, onPick, onCross, pointed }) {
  const root = h("div", { class: `lines-side ${side}`, role: "listbox", tabindex: 0, "data-t-label": `head.${side}Axis` });
  let [layout, written, selected] = [null, "", null];
  const options = new Map();

  /** Writes the tokens [first, last], and the selected one wherever it is. */
  function write(of, [first, last], chosen) {
    root.setAttribute("aria-label", t(`head.${side}Axis`));
    root.setAttribute("aria-orientation", of.horizontal ? "horizontal" : "vertical");
    const wanted = `${first} ${last} ${chosen}`;
    if (of === layout && wanted === written) return;
    if (of !== layout) options.clear();
    [layout, written, selected] = [of, wanted, chosen];
    const indices = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    if (chosen < first || chosen > last) indices.push(chosen);
    const before = new Map(options);
    options.clear();
    for (const index of indices) options.set(index, before.get(index) ?? option(index));
    root.replaceChildren(...options.values());
    for (const [index, element] of options) element.setAttribute("aria-selected", String(index === chosen));
    root.setAttribute("aria-activedescendant", options.get(chosen).id);
  }

  function option(index) {
    const { horizontal, edges: { [side]: edges }, tokens: { [side]: tokens } } = layout;
    const [start, size] = [edges[index], edges[index + 1] - edges[index]];
    const token = tokens[index];
    return h("div", {
      class: token.special ? "line-token special" : "line-token", role: "option", id: `line-${side}-${index}`, "data-i": index, title: token.text,
      "aria-posinset": index + 1, "aria-setsize": tokens.length,
      style: horizontal ? `inset-inline-start:${start}px;width:${size}px` : `top:${start}px;height:${size}px`,
    }, h("bdi", {}, nameOf(token)), " ", h("span", { class: "index" }, String(index)));
  }

  /** `of(index)` says {pointed, chosen, masked, share} of a token. */
  function mark(of) {
    for (const [index, element] of options) {
      const { share, ...marks } = of(index);
      for (const [name, is] of Object.entries(marks)) element.classList.toggle(name, is);
      const printed = element.querySelector(".share");
      printed?.remove();
      if (share) element.append(h("span", { class: "share" }, share));
    }
  }

  const indexOf = (event) => {
    const at = event.target.closest("[data-i]");
    return at ? Number(at.dataset.i) : null;
  };
  root.addEventListener("pointerover", (event) => isTouch(event) || onPoint(indexOf(event)));
  root.addEventListener("pointerleave", (event) => isTouch(event) || onPoint(null));
  const byFinger = fingerOf(root);
  root.addEventListener("click", (event) => {
    const index = indexOf(event);
    if (index === null) return;
    if (byFinger() && index !== pointed()) onPoint(index);
    else onPick(index, "push");
  });

  root.addEventListener("keydown", (event) => {
    if (event.key === "Enter") root.dispatchEvent(new CustomEvent("keep", { bubbles: true }));
    const step = stepOf(event);
    if (!step || hasModifier(event)) return;
    event.preventDefault();
    const [down, right] = step;
    const { horizontal, dir, tokens } = layout;
    const toEnd = Math.abs(right) === Infinity;
    if (Math.abs(horizontal ? down : right) === 1) onCross();
    else onPick(within(selected + (toEnd ? right : horizontal && dir === "rtl" ? down - right : down + right), tokens[side].length), "replace");
  });

  return { root, write, mark };
}
