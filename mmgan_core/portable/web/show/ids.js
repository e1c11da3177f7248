// Texts from ids: 0 is the end, 1 stands for what is unknown, and the others for signs or bytes.

import { element } from "../elements.js";

const [END, UNKNOWN, FIRST] = [0, 1, 2];
const SIGN = "\ufffd";

/** The text of ids. */
export function textOf(row, { alphabet, bytes }) {
  const end = row.indexOf(END);
  const ids = Array.from(end < 0 ? row : row.slice(0, end));
  if (alphabet !== undefined) {
    const signs = Array.from(alphabet);
    return ids.map((id) => (id === UNKNOWN ? SIGN : signs[id - FIRST])).join("");
  }
  const spelt = ids.flatMap((id) => (id === UNKNOWN ? [...new TextEncoder().encode(SIGN)] : bytes[id - FIRST]));
  return new TextDecoder().decode(Uint8Array.from(spelt));
}

export function show(row, settings) {
  const text = textOf(row, settings);
  const node = element("p", { class: "text" }, text || "(an empty text)");
  return { node, said: text, ending: "txt", blob: async () => new Blob([text]) };
}
