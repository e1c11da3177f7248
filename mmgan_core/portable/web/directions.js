// Sliders along the directions that were kept with a model: of the noise, and to values.

import { button, element, labelled } from "./elements.js";

const FARTHEST = 3; // standard deviations of the noise

/** The parts for some directions: their nodes, and how noise and conditions are moved. */
export function directionsOf(directions, changed) {
  const noise = slidersOf("Directions", directions.filter((one) => one.vector), -FARTHEST, FARTHEST, changed);
  const values = slidersOf("Towards a value", directions.filter((one) => !one.vector), 0, 1, changed);
  return {
    nodes: [noise, values].filter(({ sliders }) => sliders.length).map(({ node }) => node),
    /** What is added to noise, by the input that is fed it. */
    shifts: () => {
      const shifts = {};
      for (const [{ noise: input, vector }, slider] of noise.sliders) {
        const amount = Number(slider.value);
        const before = shifts[input] ?? vector.map(() => 0);
        shifts[input] = vector.map((number, at) => before[at] + amount * number);
      }
      return shifts;
    },
    /** How far the condition goes along each of its directions, in the order that the graph has. */
    amounts: () => {
      const amounts = [];
      for (const [{ push }, slider] of values.sliders) amounts[push] = Number(slider.value);
      return amounts;
    },
  };
}

function slidersOf(title, directions, min, max, changed) {
  const attributes = { type: "range", min, max, step: 0.05, value: 0, oninput: changed };
  const sliders = directions.map((one) => [one, element("input", attributes)]);
  const back = button(min < 0 ? "Back to the middle" : "Back to what is given", () => {
    for (const [, slider] of sliders) slider.value = 0;
    changed();
  });
  const node = element("fieldset", {}, element("legend", {}, title));
  node.append(...sliders.map(([one, slider]) => labelled(one.name, slider)), element("div", { class: "row" }, back));
  return { node, sliders };
}
