// The samples of a file of sound: { samples, rate }, with one channel.

import { readWav } from "../wav.js";

const RATE = 48_000; // of what the browser decodes; a WAV file keeps its own

export async function samplesOf(file) {
  const bytes = await file.arrayBuffer();
  const exact = readWav(bytes);
  if (exact) return exact;
  let decoded;
  try {
    decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes);
  } catch {
    throw new Error(`${file.name ?? "The recording"} is no sound that this browser can read.`);
  }
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, k) => decoded.getChannelData(k));
  const samples = channels[0].map((_, at) => channels.reduce((sum, one) => sum + one[at], 0) / channels.length);
  return { samples, rate: decoded.sampleRate };
}
