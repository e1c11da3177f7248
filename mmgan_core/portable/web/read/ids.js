// Texts as the ids of their characters: 0 is the end, 1 is what the alphabet lacks.

import { composed } from "./text.js";

const [UNKNOWN, FIRST] = [1, 2];

export function read(value, settings) {
  if (settings.alphabet === undefined) {
    throw new Error("This page cannot divide texts into the pieces of a learned vocabulary.");
  }
  const alphabet = new Map(Array.from(settings.alphabet, (sign, at) => [sign, FIRST + at]));
  const signs = Array.from(composed(value, settings)).slice(0, settings.length);
  const found = new Int32Array(settings.length);
  found.set(signs.map((sign) => alphabet.get(sign) ?? UNKNOWN));
  return { ids: found };
}
