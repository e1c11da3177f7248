// Sounds from samples: a player, and the shape of the wave.

import { element } from "../elements.js";
import { scaled, withoutQuietEnd } from "../read/loudness.js";
import { wavOf } from "../wav.js";

const [WIDTH, HEIGHT] = [320, 72];
const SVG = "http://www.w3.org/2000/svg";

export function show(row, settings) {
  const { rate } = settings;
  const wave = heard(row, settings);
  const file = new Blob([wavOf(wave, rate)], { type: "audio/wav" });
  const player = element("audio", { controls: true, src: URL.createObjectURL(file) });
  const said = `${(wave.length / rate).toFixed(2)} seconds`;
  const node = element("div", { class: "sound" }, shape(wave), player);
  return { node, said, ending: "wav", blob: async () => file, drop: () => URL.revokeObjectURL(player.src) };
}

/** The samples as they are heard. */
export function heard(row, { rate, scale, trim_db: below }) {
  const wave = scale ? scaled(row, scale, rate) : row;
  return below ? withoutQuietEnd(wave, rate, below) : wave;
}

function shape(wave) {
  const drawn = document.createElementNS(SVG, "svg");
  const said = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "wave", role: "img" };
  for (const [name, value] of Object.entries(said)) drawn.setAttribute(name, value);
  drawn.setAttribute("aria-label", "the shape of the wave");
  const step = wave.length / WIDTH;
  const lines = Array.from({ length: WIDTH }, (_, x) => {
    let most = 0;
    const end = Math.max(Math.floor((x + 1) * step), Math.floor(x * step) + 1);
    for (const sample of wave.subarray(Math.floor(x * step), end)) most = Math.max(most, Math.abs(sample));
    const high = Math.max(1, most * HEIGHT);
    return `M${x + 0.5} ${((HEIGHT - high) / 2).toFixed(2)}v${high.toFixed(2)}`;
  });
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", lines.join(""));
  drawn.append(path);
  return drawn;
}
