// The part of the page that takes one given value, which may be left out.

import { element } from "./elements.js";
import { controlOf } from "./controls.js";

/**
 * The part for an entry: its node, its value, undefined if it is left out, and `yieldTo`, which leaves
 * it out if nobody has chosen it: what a person gives is not mixed with what the page began with.
 */
export function givenOf(name, reading, on, changed, failed) {
  let chosen = false;
  const box = element("input", { type: "checkbox", checked: on });
  const node = element("fieldset", {});
  const control = controlOf(
    name,
    reading,
    () => {
      chosen = true;
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
    chosen = true;
    turn(box.checked);
    changed();
  });
  const legend = element("legend", {}, element("label", {}, box, element("span", {}, `Give ${name}`)));
  if (!control) {
    const said = `This page cannot take values of the kind ${reading.kind}; Python can.`;
    node.append(element("legend", {}, name), element("p", { class: "hint" }, said));
    return { node, value: async () => undefined, yieldTo: () => {} };
  }
  node.append(legend, control.node);
  turn(on);
  return {
    node,
    yieldTo: () => chosen || turn(false),
    value: async () => (box.checked ? ((await control.value()) ?? undefined) : undefined),
  };
}
