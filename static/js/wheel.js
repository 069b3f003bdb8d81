/** The wheel zooms where the pointer is; a movement that began on the page goes on scrolling it. */

const PAUSE_MS = 250;
const PER_NOTCH = 100;

/** That is how a trackpad goes back a page. */
const isSideways = ({ deltaX, deltaY }) => Math.abs(deltaX) > Math.abs(deltaY);

/** `isOpen()` says whether there is anything to zoom. */
export function followWheel(element, plot, isOpen) {
  let [last, ours] = [-Infinity, false];

  // Passive: the page scrolls without waiting for what this says.
  document.addEventListener("wheel", (event) => {
    if (event.timeStamp - last > PAUSE_MS) ours = element.contains(event.target);
    last = event.timeStamp;
  }, { passive: true, capture: true });

  element.addEventListener("wheel", (event) => {
    if (!isOpen() || !(ours || event.ctrlKey) || isSideways(event)) return;
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const factor = 2 ** ((event.deltaY * lines) / (event.ctrlKey ? PER_NOTCH / 2 : PER_NOTCH) / 2);
    if (plot.zoomAt(event, factor) || event.ctrlKey) event.preventDefault();
    else ours = false;
  }, { passive: false, capture: true });
}
