// Numbers from N(0, 1) that a seed decides, and paths through them.

/** A function that returns numbers from 0 to 1, always the same for a seed (Mulberry32). */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** So many numbers from N(0, 1), by the method of Box and Muller. */
export function normal(seed, count) {
  const next = uniform(seed);
  const found = new Float32Array(count);
  for (let at = 0; at < count; at += 2) {
    const length = Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    found[at] = length * Math.cos(angle);
    if (at + 1 < count) found[at + 1] = length * Math.sin(angle);
  }
  return found;
}

/** A seed of its own for each combination of numbers. */
export function seedOf(...numbers) {
  let found = 0x9e3779b9;
  for (const number of numbers) {
    found = Math.imul(found ^ (number >>> 0), 0x85ebca6b);
    found ^= found >>> 13;
  }
  return found >>> 0;
}

/**
 * The point of a path between two vectors along the great circle; lengths change linearly.
 *
 * Points on a straight line between two samples of N(0, I) are shorter than samples usually are.
 */
export function slerp(one, other, share) {
  const lengths = [one, other].map((vector) => Math.max(Math.hypot(...vector), 1e-12));
  let cosine = 0;
  for (let at = 0; at < one.length; at += 1) {
    cosine += (one[at] / lengths[0]) * (other[at] / lengths[1]);
  }
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  const straight = sine < 1e-4;
  const first = straight ? 1 - share : Math.sin((1 - share) * angle) / sine;
  const second = straight ? share : Math.sin(share * angle) / sine;
  const length = lengths[0] + share * (lengths[1] - lengths[0]);
  return one.map((_, at) => (first * (one[at] / lengths[0]) + second * (other[at] / lengths[1])) * length);
}

/** The noise at a place of the path that visits one anchor at each whole number. */
export function noiseAt(seed, sample, place, size, spread) {
  const from = Math.floor(place);
  const [one, other] = [from, from + 1].map((anchor) => normal(seedOf(seed, sample, anchor), size));
  return slerp(one, other, place - from).map((number) => number * spread);
}
