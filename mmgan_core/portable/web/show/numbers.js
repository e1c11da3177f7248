// Numbers, each in its own range.

import { element } from "../elements.js";

export function show(row, { low, high }) {
  const numbers = Array.from(row, (number, at) => low[at] + ((number + 1) / 2) * (high[at] - low[at]));
  const text = numbers.map((number) => number.toPrecision(4)).join(", ");
  const node = element("p", { class: "text numbers" }, text);
  return { node, said: text, ending: "json", blob: async () => new Blob([JSON.stringify(numbers)]) };
}
