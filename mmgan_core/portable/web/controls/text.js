// A text that is typed.

import { element } from "../elements.js";

const [LINE, PAUSE] = [64, 200]; // characters; milliseconds without a key before samples are made

export function control(name, { settings, example }, changed) {
  const most = settings.length ?? settings.most ?? LINE;
  let waiting = 0;
  const typed = () => {
    clearTimeout(waiting);
    waiting = setTimeout(changed, PAUSE);
  };
  const attributes = { "aria-label": name, oninput: typed, autocomplete: "off", spellcheck: "false" };
  const node =
    most <= LINE
      ? element("input", { type: "text", value: example ?? "", ...attributes })
      : element("textarea", { rows: 3, ...attributes }, example ?? "");
  return { node, value: async () => node.value.trim() || null };
}
