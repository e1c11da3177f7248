// Texts as the bytes of their UTF-8, with zeros after their end.

import { composed } from "./text.js";

export function read(value, settings) {
  const text = composed(value, settings).replaceAll("\0", "");
  const spelt = new TextEncoder().encode(text);
  if (!spelt.length) throw new Error("The text is empty.");
  const found = new Uint8Array(settings.length);
  found.set(spelt.subarray(0, settings.length));
  return { bytes: found };
}
