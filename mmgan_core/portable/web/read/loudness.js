// How loud a sound is, and where it begins and ends.

const [GATE_DB, BLOCKS_A_SECOND] = [40, 50];

/** The largest magnitude. */
export function loudest(samples) {
  let found = 0;
  for (const sample of samples) found = Math.max(found, Math.abs(sample));
  return found;
}

/** As loud as the settings say, and within -1 to 1 in any case; silence stays silent. */
export function scaled(samples, scale, rate) {
  if (scale.to === "clip") return samples.map((sample) => Math.min(1, Math.max(-1, sample)));
  const most = loudest(samples);
  if (most <= 1e-6) return samples;
  let gain = scale.peak / most;
  if (scale.to === "loudness") {
    gain = Math.min(gain, 10 ** ((scale.loudness - loudness(samples, rate)) / 20));
  }
  const factor = Math.fround(gain);
  return samples.map((sample) => sample * factor);
}

function blocks(samples, rate) {
  const size = Math.max(1, Math.floor(rate / BLOCKS_A_SECOND));
  const powers = [];
  for (let start = 0; start < samples.length; start += size) {
    const own = samples.subarray(start, start + size);
    powers.push(own.reduce((sum, sample) => sum + sample * sample, 0) / own.length);
  }
  return { size, powers, most: Math.max(...powers) };
}

function loudness(samples, rate) {
  const { powers, most } = blocks(samples, rate);
  const heard = powers.filter((power) => power >= most / 10 ** (GATE_DB / 10));
  return 10 * Math.log10((2 * heard.reduce((sum, power) => sum + power, 0)) / heard.length);
}

/** The samples up to the last block that is at most so many decibels below the loudest one. */
export function withoutQuietEnd(samples, rate, below) {
  const { size, powers, most } = blocks(samples, rate);
  if (!(most > 0)) return samples;
  const last = powers.findLastIndex((power) => power >= most / 10 ** (below / 10));
  return samples.subarray(0, (last + 1) * size);
}

/** The samples between silent ends: of windows below the loudest one by so many decibels. */
export function trimmed(samples, { below_db: below, window, hop }) {
  const half = Math.floor(window / 2);
  const frames = 1 + Math.floor((samples.length + 2 * half - window) / hop);
  const powers = Array.from({ length: frames }, (_, frame) => {
    let sum = 0;
    const start = frame * hop - half;
    for (let at = Math.max(0, start); at < Math.min(samples.length, start + window); at += 1) {
      sum += samples[at] * samples[at];
    }
    return sum / window;
  });
  const decibels = (power) => 10 * Math.log10(Math.max(1e-10, power));
  const bound = decibels(Math.max(...powers)) - below;
  const first = powers.findIndex((power) => decibels(power) > bound);
  if (first < 0) return samples;
  const last = powers.findLastIndex((power) => decibels(power) > bound);
  const cut = samples.subarray(first * hop, Math.min(samples.length, (last + 1) * hop));
  return cut.length ? cut : samples;
}
