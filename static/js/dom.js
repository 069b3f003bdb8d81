/** Elements are made here, and text only ever enters them as text. */

/** `h("button", {class: "chip", "aria-pressed": "true", onclick}, "text", child)`. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Replaces what is inside; focus stays at the same button in order, or else at what holds them. */
export function refill(root, ...children) {
  const held = [...root.querySelectorAll("button")].indexOf(document.activeElement);
  root.replaceChildren(...children);
  if (held < 0) return;
  root.querySelectorAll("button")[held]?.focus({ preventScroll: true });
  if (root.contains(document.activeElement)) return;
  root.tabIndex = -1;
  root.focus({ preventScroll: true });
}

export const byId = (id) => document.getElementById(id);

/** Size a canvas for its box in device pixels and return its context, in CSS pixels. */
export function fitCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
