/** Reads the .npy format (version 1 and 2, C order) into a typed array. */

const KINDS = { "|u1": Uint8Array, "|i1": Int8Array, "<f4": Float32Array };

/** @returns {{data: Uint8Array|Int8Array|Float32Array, shape: number[]}} */
export function parseNpy(buffer) {
  const view = new DataView(buffer);
  const major = view.getUint8(6);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = major === 1 ? 10 : 12;
  const header = new TextDecoder("latin1").decode(new Uint8Array(buffer, start, length));
  const kind = KINDS[/'descr':\s*'([^']+)'/.exec(header)?.[1]];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header);
  if (!kind || !shape) throw new Error(`an array this page cannot read: ${header.trim()}`);
  return {
    data: new kind(buffer.slice(start + length)),
    shape: shape[1].split(",").filter((part) => part.trim()).map(Number),
  };
}
