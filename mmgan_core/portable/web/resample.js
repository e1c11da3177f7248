// Another rate for a sound: a windowed sinc, whose noise lies below what 16 bits can hold.

const ZEROS = 48; // of the sinc on each side
const KAISER = 10;
const PASSED = 0.94; // of the lower Nyquist frequency: what lies above fades out

/** The samples at another rate, from a sound with one channel. */
export function resampled(samples, rate, wanted) {
  if (rate === wanted) return samples;
  const common = divisor(rate, wanted);
  const [up, step] = [wanted / common, rate / common];
  const cutoff = PASSED * Math.min(1, wanted / rate);
  const half = Math.ceil(ZEROS / cutoff);
  const phases = Array.from({ length: up }, (_, phase) => weights(phase / up, half, cutoff));
  const found = new Float32Array(Math.round((samples.length * wanted) / rate));
  for (let at = 0; at < found.length; at += 1) {
    const place = at * step;
    const start = Math.floor(place / up) - half + 1;
    const own = phases[place % up];
    let sum = 0;
    for (let tap = Math.max(0, -start); tap < own.length; tap += 1) {
      if (start + tap >= samples.length) break;
      sum += samples[start + tap] * own[tap];
    }
    found[at] = sum;
  }
  return found;
}

/** The weights of the samples around a place that lies so far behind one of them. */
function weights(share, half, cutoff) {
  const found = new Float64Array(2 * half);
  for (let tap = 0; tap < found.length; tap += 1) {
    const x = tap - half + 1 - share;
    const turn = Math.PI * x * cutoff;
    const inside = 1 - (x / half) ** 2;
    if (inside >= 0) {
      const window = bessel(KAISER * Math.sqrt(inside)) / bessel(KAISER);
      found[tap] = cutoff * (turn === 0 ? 1 : Math.sin(turn) / turn) * window;
    }
  }
  return found;
}

/** The modified Bessel function of order 0, by its series. */
function bessel(x) {
  let [sum, term] = [1, 1];
  for (let n = 1; term > 1e-12 * sum; n += 1) {
    term *= (x / (2 * n)) ** 2;
    sum += term;
  }
  return sum;
}

function divisor(one, other) {
  return other === 0 ? one : divisor(other, one % other);
}
