// Sliders along the directions of noise that were kept with a model.

import { button, element, labelled } from "./elements.js";

const FARTHEST = 3; // standard deviations of the noise

/** The part for some directions: its node, and how noise is moved, by the input that is fed it. */
export function directionsOf(directions, changed) {
  const attributes = { type: "range", min: -FARTHEST, max: FARTHEST, step: 0.05, value: 0, oninput: changed };
  const sliders = directions.map((one) => [one, element("input", attributes)]);
  const back = button("Back to the middle", () => {
    for (const [, slider] of sliders) slider.value = 0;
    changed();
  });
  const node = element("fieldset", {}, element("legend", {}, "Directions"));
  node.append(...sliders.map(([one, slider]) => labelled(one.name, slider)), element("div", { class: "row" }, back));
  return {
    node,
    value: () => {
      const shifts = {};
      for (const [{ noise, vector }, slider] of sliders) {
        const amount = Number(slider.value);
        const before = shifts[noise] ?? vector.map(() => 0);
        shifts[noise] = vector.map((number, at) => before[at] + amount * number);
      }
      return shifts;
    },
  };
}
