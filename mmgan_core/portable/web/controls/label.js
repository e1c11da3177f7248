// Chooses names: one of a few by buttons, one of many from a list, several by boxes.

import { element, freshId } from "../elements.js";

const FEW = 12;

export function control(name, { settings, example }, changed) {
  const { names, multiple } = settings;
  if (!multiple && names.length > FEW) return list(name, names, names.includes(example) ? example : names[0], changed);
  const chosen = names.includes(example) ? example : undefined;
  const group = freshId(name);
  const boxes = names.map((one, at) =>
    element("input", {
      type: multiple ? "checkbox" : "radio",
      name: group,
      value: one,
      checked: one === chosen || (!multiple && !chosen && at === 0),
      onchange: changed,
    }),
  );
  const choices = boxes.map((box) => element("label", { class: "choice" }, box, element("span", {}, box.value)));
  const node = element("div", { class: "choices" }, ...choices);
  return { node, value: async () => boxes.filter((box) => box.checked).map((box) => box.value) };
}

function list(name, names, chosen, changed) {
  const options = names.map((one) => element("option", { value: one, selected: one === chosen }, one));
  const node = element("select", { "aria-label": name, onchange: changed }, ...options);
  return { node, value: async () => [node.value] };
}
