/** Files that come in: a view saved here opens, any other text goes into the text box. */
import { byId } from "./dom.js";
import { understand } from "./permalink.js";
import { problem } from "./problems.js";

const VERSION = 1;
/** As many characters as the text box takes; no character has more than four bytes. */
const LONGEST = 2_000_000;

/**
 * Takes files from a drop anywhere, a paste into the text box and the button.
 *
 * @param {{openView: (link) => void, openText: (text: string) => void, onProblem: (error) => void}} to
 */
export function acceptFiles({ openView, openText, onProblem }) {
  async function take(file) {
    try {
      const text = await readText(file);
      const view = viewIn(text, file.name);
      if (view) openView(view);
      else openText(text);
      onProblem(null);
    } catch (error) {
      onProblem(error);
    }
  }

  const input = byId("file");
  byId("file-open").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files.length) take(input.files[0]);
    input.value = "";
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
  byId("text").addEventListener("paste", (event) => {
    // Cells of a spreadsheet come as text and as a picture of it: the text is meant.
    const { files, types } = event.clipboardData;
    if (!files.length || types.includes("text/plain")) return;
    event.preventDefault();
    take(files[0]);
  });
}

async function readText(file) {
  if (file.size > 4 * LONGEST) throw problem("file-too-large");
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw problem("file-not-text");
  }
  if (text.length > LONGEST) throw problem("file-too-large");
  if (text.includes("\0")) throw problem("file-not-text");
  return text;
}

/** The view that a file describes, or null where it is any other text. */
function viewIn(text, name) {
  const fields = parsed(text);
  const ours = fields !== null && typeof fields === "object" && "headscope" in fields;
  if (!ours && !name.endsWith(".headscope.json")) return null;
  if (fields?.headscope > VERSION) throw problem("file-too-new");
  const texts = [fields?.model, fields?.text, fields?.text_pair ?? ""];
  if (fields?.headscope !== VERSION || !texts.every((each) => typeof each === "string")) throw problem("not-our-file");
  return understand(fields);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
