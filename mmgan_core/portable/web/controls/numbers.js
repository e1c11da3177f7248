// Numbers, each with a slider over its range.

import { element, labelled } from "../elements.js";

export function control(name, { settings }, changed) {
  const { low, high } = settings;
  const sliders = low.map((least, at) =>
    element("input", {
      type: "range",
      min: least,
      max: high[at],
      step: (high[at] - least) / 200,
      value: (least + high[at]) / 2,
      oninput: changed,
    }),
  );
  const rows = sliders.map((slider, at) => labelled(`number ${at + 1}`, slider));
  return { node: element("div", {}, ...rows), value: async () => sliders.map((slider) => Number(slider.value)) };
}
