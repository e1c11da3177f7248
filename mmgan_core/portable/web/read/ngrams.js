// Texts as counts of their pieces of some characters, each in the bucket that its CRC-32 names.

import { composed } from "./text.js";

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let found = byte;
  for (let bit = 0; bit < 8; bit += 1) found = found & 1 ? (found >>> 1) ^ 0xedb88320 : found >>> 1;
  return found;
});

function crc32(bytes) {
  let found = 0xffffffff;
  for (const byte of bytes) found = TABLE[(found ^ byte) & 255] ^ (found >>> 8);
  return (found ^ 0xffffffff) >>> 0;
}

export function read(value, settings) {
  const { buckets, shortest, longest } = settings;
  const signs = Array.from(` ${composed(value, settings).toLowerCase()} `);
  const spell = new TextEncoder();
  const counts = new Float64Array(buckets);
  for (let size = shortest; size <= longest; size += 1) {
    for (let start = 0; start + size <= signs.length; start += 1) {
      const found = crc32(spell.encode(signs.slice(start, start + size).join("")));
      counts[(found >>> 1) % buckets] += found & 1 ? 1 : -1;
    }
  }
  const length = Math.max(Math.hypot(...counts), 1e-12);
  return { counts: Float32Array.from(counts, (count) => count / length) };
}
