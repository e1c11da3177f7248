// Which way of showing each kind of sample needs. A kind that is not here gets an honest message.

import { element } from "./elements.js";
import { show as ids } from "./show/ids.js";
import { show as label } from "./show/label.js";
import { show as numbers } from "./show/numbers.js";
import { show as picture } from "./show/picture.js";
import { show as sound } from "./show/sound.js";

const SHOWINGS = { ids, label, numbers, picture, sound };

/** A sample for people: its node, what it says in words, and a file of it. */
export function show(showing, row, shape) {
  const known = SHOWINGS[showing.kind];
  if (known) return known(row, showing.settings, shape);
  const said = `This page cannot show samples of the kind ${showing.kind}.`;
  const blob = async () => new Blob([JSON.stringify(Array.from(row))]);
  return { node: element("p", { class: "hint" }, said), said, ending: "json", blob };
}
