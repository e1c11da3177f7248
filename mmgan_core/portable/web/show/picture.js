// Pictures from levels (C, H, W).

import { element } from "../elements.js";

export function show(row, { channels, low, high }, [, height, width]) {
  const node = element("canvas", { width, height, class: "picture", role: "img" });
  const levels = pixels(row, { channels, low, high }, width * height);
  node.getContext("2d").putImageData(new ImageData(levels, width, height), 0, 0);
  const blob = () => new Promise((made) => node.toBlob(made, "image/png"));
  return { node, said: `${width} by ${height} pixels`, ending: "png", blob, levels };
}

/** Bytes (H, W, RGBA). */
export function pixels(row, { channels, low, high }, places) {
  const found = new Uint8ClampedArray(4 * places).fill(255);
  const grey = channels < 3;
  for (let place = 0; place < places; place += 1) {
    const level = (channel) => ((row[channel * places + place] - low) / (high - low)) * 255;
    for (let colour = 0; colour < 3; colour += 1) found[4 * place + colour] = level(grey ? 0 : colour);
    if (channels % 2 === 0) found[4 * place + 3] = level(channels - 1);
  }
  return found;
}
