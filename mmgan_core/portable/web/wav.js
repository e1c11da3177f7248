// WAV files: written with 16 bits, and read exactly, at the rate that they have.

const [PCM, FLOAT, EXTENSIBLE] = [1, 3, 0xfffe];

/** The bytes of a WAV file with one channel; what is louder than full scale is clipped. */
export function wavOf(wave, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * wave.length));
  const put = (at, text) => Array.from(text, (sign, k) => view.setUint8(at + k, sign.charCodeAt(0)));
  put(0, "RIFF");
  view.setUint32(4, 36 + 2 * wave.length, true);
  put(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  [PCM, 1].forEach((number, k) => view.setUint16(20 + 2 * k, number, true));
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  [2, 16].forEach((number, k) => view.setUint16(32 + 2 * k, number, true));
  put(36, "data");
  view.setUint32(40, 2 * wave.length, true);
  wave.forEach((sample, at) => {
    view.setInt16(44 + 2 * at, Math.round(Math.min(1, Math.max(-1, sample)) * 32767), true);
  });
  return view.buffer;
}

/** The mean of the channels of a WAV file and its rate; null if it is none, or one of another kind. */
export function readWav(buffer) {
  const view = new DataView(buffer);
  const name = (at) => String.fromCharCode(...new Uint8Array(buffer, at, 4));
  if (buffer.byteLength < 12 || name(0) !== "RIFF" || name(8) !== "WAVE") return null;
  let form = null;
  for (let at = 12; at + 8 <= buffer.byteLength; ) {
    const size = Math.min(view.getUint32(at + 4, true), buffer.byteLength - at - 8);
    if (name(at) === "fmt " && size >= 16) form = formOf(view, at + 8, size);
    if (name(at) === "data" && form) return samplesOf(view, at + 8, size, form);
    at += 8 + size + (size % 2);
  }
  return null;
}

function formOf(view, at, size) {
  const kind = view.getUint16(at, true);
  return {
    kind: kind === EXTENSIBLE && size >= 26 ? view.getUint16(at + 24, true) : kind,
    channels: view.getUint16(at + 2, true),
    rate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
}

function samplesOf(view, start, size, { kind, channels, rate, bits }) {
  const ways = {
    [`${PCM} 8`]: (at) => (view.getUint8(at) - 128) / 128,
    [`${PCM} 16`]: (at) => view.getInt16(at, true) / 32768,
    [`${PCM} 24`]: (at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608,
    [`${PCM} 32`]: (at) => view.getInt32(at, true) / 2147483648,
    [`${FLOAT} 32`]: (at) => view.getFloat32(at, true),
  };
  const sample = ways[`${kind} ${bits}`];
  if (!sample || !channels || !rate) return null;
  const bytes = bits / 8;
  const samples = new Float32Array(Math.floor(size / bytes / channels));
  samples.forEach((_, frame) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      sum += sample(start + (frame * channels + channel) * bytes);
    }
    samples[frame] = sum / channels;
  });
  return { samples, rate };
}
