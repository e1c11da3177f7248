// Sounds as samples at one rate, cut or padded at their end to one length.

import { resampled } from "../resample.js";
import { scaled, trimmed } from "./loudness.js";

/** Reads a sound: its samples, with one channel, and their rate. */
export function read({ samples, rate }, settings) {
  if (!samples.length) throw new Error("The sound is empty.");
  const seconds = samples.length / rate;
  if (seconds > settings.max_seconds + 0.01) {
    throw new Error(`The sound lasts ${seconds.toFixed(1)} s, more than ${settings.max_seconds} s.`);
  }
  let wave = resampled(samples, rate, settings.rate);
  if (settings.trim) wave = trimmed(wave, settings.trim);
  wave = scaled(wave, settings.scale, settings.rate);
  const fitted = new Float32Array(settings.length);
  fitted.set(wave.subarray(0, settings.length));
  if (!settings.frames) return { wave: fitted };
  const { input, hop, most } = settings.frames;
  return { wave: fitted, [input]: Int32Array.of(Math.min(most, Math.ceil(wave.length / hop))) };
}
