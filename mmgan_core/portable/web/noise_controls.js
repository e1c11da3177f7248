// How many samples, which ones, and the way through noise.

import { button, element, labelled } from "./elements.js";

const COUNTS = [1, 2, 4, 8, 16];
const ANCHORS = 8; // that the slider passes

/** The part for a model: its node, and what is asked for. */
export function noiseOf(hasNoise, count, changed) {
  const slider = element("input", { type: "range", min: 0, max: ANCHORS, step: 0.01, value: 0, oninput: changed });
  const spread = element("input", { type: "range", min: 0, max: 1.5, step: 0.01, value: 1, oninput: changed });
  const seed = element("input", { type: "number", min: 0, max: 4294967295, step: 1, value: 1, oninput: changed });
  const counts = element(
    "select",
    { onchange: changed },
    ...COUNTS.map((one) => element("option", { value: one, selected: one === count }, one)),
  );
  const others = button(
    "Make others",
    () => {
      seed.value = Math.floor(Math.random() * 1_000_000);
      changed();
    },
    { class: "main" },
  );
  const node = element("fieldset", {}, element("legend", {}, "Noise"));
  if (hasNoise) {
    node.append(
      labelled("Move through noise", slider, "Each whole step is another set of samples; between them lies a path."),
      labelled("Spread of the noise", spread, "Less: usual samples that look alike. More: they differ."),
      labelled("Seed", seed, "The same seed makes the same samples."),
    );
  }
  node.append(labelled("How many", counts), element("div", { class: "row" }, ...(hasNoise ? [others] : [])));
  return {
    node,
    value: () => ({
      count: Number(counts.value),
      seed: Math.max(0, Math.floor(Number(seed.value)) || 0),
      place: Number(slider.value),
      spread: Number(spread.value),
    }),
  };
}
