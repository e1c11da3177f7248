// Pictures as bytes (C, H, W), fitted into one size. A picture is { width, height, channels: 4, levels }.

import { resized } from "../resize.js";

const ALPHA = { 1: false, 2: true, 3: false, 4: true };

export function read(picture, settings) {
  const { width, height, channels } = settings;
  let found = fitted(withChannels(picture, channels), settings);
  if (settings.edges) found = edges(found);
  const pixels = new Uint8Array(channels * height * width);
  for (let place = 0; place < height * width; place += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      pixels[channel * height * width + place] = found.levels[place * channels + channel];
    }
  }
  return { pixels };
}

/** The picture with 1 channel (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA). */
export function withChannels({ width, height, levels }, channels) {
  const found = new Uint8Array(width * height * channels);
  for (let place = 0; place < width * height; place += 1) {
    const alpha = levels[4 * place + 3];
    // Where there is no alpha in the result, white paper lies under the picture.
    const colours = [0, 1, 2].map((c) => {
      const level = levels[4 * place + c];
      return ALPHA[channels] || alpha === 255 ? level : over(level, alpha);
    });
    const [red, green, blue] = colours;
    const grey = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
    const all = channels < 3 ? [grey, alpha] : [...colours, alpha];
    found.set(all.slice(0, channels), place * channels);
  }
  return { width, height, channels, levels: found };
}

/** A level over white, in whole numbers as Pillow counts. */
function over(level, alpha) {
  const sum = level * alpha * 128 + 255 * (255 - alpha) * 128 + 0x4000;
  return ((sum >> 8) + sum) >> 15;
}

function fitted(picture, { width, height, fit, fill, resample }) {
  const alpha = ALPHA[picture.channels];
  const size = (one, ...rest) => {
    const premultiplied = alpha && resample !== "nearest" && !isSize(one, rest[0], rest[1]);
    const found = resized(premultiplied ? multiplied(one) : one, ...rest);
    return premultiplied ? divided(found) : found;
  };
  if (isSize(picture, width, height)) return picture;
  if (fit === "stretch") return size(picture, width, height, resample);
  if (fit === "crop") return size(picture, width, height, resample, middle(picture, width / height));
  const inner = contained(picture, width, height);
  return padded(size(picture, inner.width, inner.height, resample), width, height, fill);
}

function isSize(picture, width, height) {
  return picture.width === width && picture.height === height;
}

/** The largest box of an aspect in the middle of a picture. */
function middle({ width, height }, aspect) {
  const own = width / height;
  const [wide, high] =
    own === aspect ? [width, height] : own >= aspect ? [aspect * height, height] : [width, width / aspect];
  const [left, top] = [(width - wide) * 0.5, (height - high) * 0.5];
  return [left, top, left + wide, top + high];
}

function contained(picture, width, height) {
  const [own, aspect] = [picture.width / picture.height, width / height];
  if (own > aspect) height = evenly((picture.height / picture.width) * width);
  else if (own < aspect) width = evenly((picture.width / picture.height) * height);
  return { width, height };
}

function padded(picture, width, height, fill) {
  const { channels, levels } = picture;
  const found = new Uint8Array(width * height * channels).fill(fill);
  const left = evenly((width - picture.width) * 0.5);
  const top = evenly((height - picture.height) * 0.5);
  const line = picture.width * channels;
  for (let row = 0; row < picture.height; row += 1) {
    found.set(levels.subarray(row * line, (row + 1) * line), ((row + top) * width + left) * channels);
  }
  return { width, height, channels, levels: found };
}

/** Rounded, and halves to the even number, as Python rounds. */
function evenly(number) {
  const down = Math.floor(number);
  if (number - down !== 0.5) return Math.round(number);
  return down % 2 ? down + 1 : down;
}

function multiplied(picture) {
  return changed(picture, (level, alpha) => {
    const sum = level * alpha + 128;
    return ((sum >> 8) + sum) >> 8;
  });
}

function divided(picture) {
  return changed(picture, (level, alpha) =>
    alpha === 0 || alpha === 255 ? level : Math.min(255, Math.trunc((255 * level) / alpha)),
  );
}

function changed({ width, height, channels, levels }, change) {
  const found = levels.map((level, at) => {
    const alpha = levels[at - (at % channels) + channels - 1];
    return at % channels === channels - 1 ? level : change(level, alpha);
  });
  return { width, height, channels, levels: found };
}

/** How steeply the levels change at each place, by Sobel's filter. */
function edges({ width, height, channels, levels }) {
  const at = (row, column, channel) => {
    const [y, x] = [Math.min(height - 1, Math.max(0, row)), Math.min(width - 1, Math.max(0, column))];
    return levels[(y * width + x) * channels + channel];
  };
  const found = new Uint8Array(levels.length);
  for (let place = 0; place < levels.length; place += 1) {
    const channel = place % channels;
    const column = Math.floor(place / channels) % width;
    const row = Math.floor(place / channels / width);
    const line = (dy, dx) => at(row + dy, column + dx, channel);
    const down = (dx) => line(-1, dx) + 2 * line(0, dx) + line(1, dx);
    const across = (dy) => line(dy, -1) + 2 * line(dy, 0) + line(dy, 1);
    const steep = Math.hypot(down(1) - down(-1), across(1) - across(-1)) / 4;
    found[place] = Math.min(255, evenly(steep));
  }
  return { width, height, channels, levels: found };
}
