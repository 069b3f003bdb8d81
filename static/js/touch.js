/** Fingers: a tap shows, a second tap on the same place keeps, two fingers zoom; one scrolls the page. */

export const isTouch = (event) => event.pointerType === "touch";

/** Says of a click whether a finger made it; not every browser's click knows. */
export function fingerOf(element) {
  let finger = false;
  element.addEventListener("pointerdown", (event) => {
    finger = isTouch(event);
  }, { capture: true });
  return () => finger;
}

/** A mouse ends a preview by leaving, a finger by a tap on what is no picture. */
export function endPreviews(store) {
  document.addEventListener("click", ({ target }) => {
    if (!target.closest(".picture, .readout")) store.set({ hoverHead: null, hoverCell: null });
  });
}

/**
 * `begin()` is called when a second finger comes down and returns what follows the two:
 * `follow(from, now)`, each {x, y, spread} in the window.
 */
export function followPinch(element, begin) {
  let [from, follow] = [null, null];

  const listen = (name, hear) => element.addEventListener(name, (event) => {
    event.stopPropagation(); // Plotly would make a drag of it
    hear(event);
  }, { capture: true, passive: false });

  listen("touchstart", (event) => {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    from = between(event.touches);
    follow = begin();
  });
  listen("touchmove", (event) => {
    if (!from || event.touches.length !== 2) return;
    event.preventDefault();
    follow(from, between(event.touches));
  });
  listen("touchend", (event) => {
    if (event.cancelable) event.preventDefault(); // no mouse events of its own making
    from = null;
  });
}

const between = ([one, other]) => ({
  x: (one.clientX + other.clientX) / 2,
  y: (one.clientY + other.clientY) / 2,
  spread: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY),
});
