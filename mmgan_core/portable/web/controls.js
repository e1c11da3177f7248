// Which control each kind of given value needs: write, say, draw or choose.

import { control as label } from "./controls/label.js";
import { control as numbers } from "./controls/numbers.js";
import { control as picture } from "./controls/picture.js";
import { control as sound } from "./controls/sound.js";
import { control as text } from "./controls/text.js";

const CONTROLS = { bytes: text, ids: text, label, ngrams: text, numbers, picture, sound, wordpieces: text };

/** A control with its node and its value, null where there is none; undefined for unknown kinds. */
export function controlOf(name, reading, changed, failed) {
  return CONTROLS[reading.kind]?.(name, reading, changed, failed);
}
