// Which way of reading each kind of value needs. A kind that is not here gets an honest message.

import { read as bytes } from "./read/bytes.js";
import { read as ids } from "./read/ids.js";
import { read as label } from "./read/label.js";
import { read as ngrams } from "./read/ngrams.js";
import { read as numbers } from "./read/numbers.js";
import { read as picture } from "./read/picture.js";
import { read as sound } from "./read/sound.js";
import { read as wordpieces } from "./read/wordpieces.js";

const READINGS = { bytes, ids, label, ngrams, numbers, picture, sound, wordpieces };

/** What an engine is fed for a value, by input: as Python prepares it. */
export function read(reading, value, files) {
  const known = READINGS[reading.kind];
  if (!known) throw new Error(`This page cannot read values of the kind ${reading.kind}.`);
  return known(value, reading.settings, files);
}
