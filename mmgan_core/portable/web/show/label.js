// Labels: the likeliest name, and how likely each name is beside the others.

import { element } from "../elements.js";

const SHOWN = 5;

export function show(row, { names, multiple }) {
  const order = Array.from(names.keys()).sort((one, other) => row[other] - row[one]);
  const meant = multiple ? order.filter((at) => row[at] > 0.5) : order.slice(0, 1);
  const text = meant.map((at) => names[at]).join(", ");
  const bars = order.slice(0, SHOWN).map((at) =>
    element(
      "li",
      {},
      element("span", {}, names[at]),
      element("meter", { min: 0, max: 1, value: row[at].toFixed(3), "aria-label": names[at] }),
    ),
  );
  const node = element("div", { class: "said" }, element("p", { class: "text" }, text || "none"));
  node.append(element("ul", { class: "bars", "aria-label": "likeliest names" }, ...bars));
  return { node, said: text, ending: "txt", blob: async () => new Blob([text]) };
}
