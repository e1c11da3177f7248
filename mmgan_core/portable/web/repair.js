// Repair of a picture: it is dropped in, what is missing is painted, and the model fills that in.

import { button, element, labelled } from "./elements.js";
import { brushOn } from "./controls/brush.js";
import { dropPlace } from "./controls/dropped.js";
import { pixelsOf } from "./controls/pixels.js";
import { read } from "./readings.js";

const PARTS = {
  "The middle": (x, y) => Math.max(Math.abs(x - 0.5), Math.abs(y - 0.5)) < 0.25,
  "The right half": (x) => x >= 0.5,
  "The lower half": (_, y) => y >= 0.5,
  "All but the middle": (x, y) => Math.max(Math.abs(x - 0.5), Math.abs(y - 0.5)) >= 0.25,
};

/**
 * The part of the page that takes a picture to repair; undefined for other kinds than pictures.
 *
 * ``made`` returns the pixels of a sample that was made, which can be repaired, too.
 */
export function repairOf(name, reading, made, changed, failed) {
  if (reading.kind !== "picture") return undefined;
  const { width, height } = reading.settings;
  const mask = new Float32Array(width * height);
  let picture = null;
  const canvas = element("canvas", { width, height, class: "mask", role: "application" });
  canvas.setAttribute("aria-label", `${name}: paint what is missing`);
  const shown = () => {
    if (picture) draw(canvas, pixels(picture, reading.settings), mask);
    inner.hidden = !picture;
  };
  const thickness = element("input", { type: "range", min: 1, max: Math.ceil(width / 3), step: 1 });
  thickness.value = Math.ceil(width / 8);
  brushOn(
    canvas,
    (from, to) => {
      paint(mask, width, from, to, Number(thickness.value) / 2);
      shown();
    },
    () => changed(),
  );
  const marked = (missing) => {
    mask.forEach((_, at) => {
      mask[at] = Number(missing(((at % width) + 0.5) / width, (Math.floor(at / width) + 0.5) / height));
    });
    shown();
    changed();
  };
  const take = (found) => {
    picture = found;
    marked(PARTS["The middle"]);
  };
  const taken = async (file) => {
    try {
      take(await pixelsOf(file));
    } catch (error) {
      failed(error);
    }
  };
  const inner = element(
    "div",
    { hidden: true },
    element("p", { class: "hint" }, "Paint what is missing. With the keyboard: arrow keys move the brush, the space bar sets it down and lifts it."),
    canvas,
    labelled("Size of the brush", thickness),
    element(
      "div",
      { class: "row" },
      ...Object.entries(PARTS).map(([text, missing]) => button(text, () => marked(missing))),
      button("Nothing", () => marked(() => false)),
      button("Remove the picture", () => {
        picture = null;
        shown();
        changed();
      }),
    ),
  );
  const node = element(
    "fieldset",
    { class: "repair" },
    element("legend", {}, `Repair: ${name}`),
    element(
      "div",
      { class: "row" },
      dropPlace("Drop or choose a picture", "image/*", taken),
      button("Take the first one made", () => take(made())),
    ),
    inner,
  );
  node.addEventListener("dragover", (event) => event.preventDefault());
  node.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length && !event.target.closest(".drop")) taken(event.dataTransfer.files[0]);
  });
  return { node, value: () => (picture ? { value: picture, mask: Float32Array.from(mask) } : undefined) };
}

/** What the model will see of a picture, as (H, W, RGBA). */
function pixels(picture, settings) {
  const { channels, width, height } = settings;
  const { pixels: found } = read({ kind: "picture", settings }, picture);
  const places = width * height;
  const levels = new Uint8ClampedArray(4 * places).fill(255);
  for (let place = 0; place < places; place += 1) {
    for (let colour = 0; colour < 3; colour += 1) {
      levels[4 * place + colour] = found[(channels < 3 ? 0 : colour) * places + place];
    }
  }
  return levels;
}

/** The picture, with a chequered pattern where it is missing. */
function draw(canvas, levels, mask) {
  const { width, height } = canvas;
  mask.forEach((missing, place) => {
    if (!missing) return;
    const dark = (place + Math.floor(place / width)) % 2;
    levels.set(dark ? [190, 24, 93] : [244, 114, 182], 4 * place);
  });
  canvas.getContext("2d").putImageData(new ImageData(levels, width, height), 0, 0);
}

function paint(mask, width, from, to, radius) {
  mask.forEach((_, at) => {
    const [x, y] = [(at % width) + 0.5, Math.floor(at / width) + 0.5];
    if (away(x, y, from, to) <= Math.max(radius, 0.71)) mask[at] = 1;
  });
}

/** How far a place lies from a stretch. */
function away(x, y, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length ? Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length)) : 0;
  return Math.hypot(x - from.x - along * dx, y - from.y - along * dy);
}
