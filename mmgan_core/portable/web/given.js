// The part of the page that takes one given value, which may be left out.

import { element } from "./elements.js";
import { controlOf } from "./controls.js";

/** The part for an entry: its node, and its value, undefined if it is left out. */
export function givenOf(name, reading, on, changed, failed) {
  const box = element("input", { type: "checkbox", checked: on });
  const node = element("fieldset", {});
  const control = controlOf(
    name,
    reading,
    () => {
      turn(true);
      changed();
    },
    failed,
  );
  const turn = (wanted) => {
    box.checked = wanted;
    node.classList.toggle("off", !wanted);
  };
  box.addEventListener("change", () => {
    turn(box.checked);
    changed();
  });
  const legend = element("legend", {}, element("label", {}, box, element("span", {}, `Give ${name}`)));
  if (!control) {
    const said = `This page cannot take values of the kind ${reading.kind}; Python can.`;
    node.append(element("legend", {}, name), element("p", { class: "hint" }, said));
    return { node, value: async () => undefined };
  }
  node.append(legend, control.node);
  turn(on);
  return {
    node,
    value: async () => (box.checked ? ((await control.value()) ?? undefined) : undefined),
  };
}
