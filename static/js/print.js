/** The browser's own printing, for one picture on a sheet of its own. */
import { h } from "./dom.js";

/** Resolves when the dialog is done; the person chooses a printer, or PDF. */
export async function print(picture, alt) {
  const src = URL.createObjectURL(picture);
  const image = h("img", { src, alt });
  const sheet = h("div", { class: "sheet" }, image);
  await image.decode();
  document.body.append(sheet);
  window.addEventListener("afterprint", () => {
    sheet.remove();
    URL.revokeObjectURL(src);
  }, { once: true });
  window.print();
}
