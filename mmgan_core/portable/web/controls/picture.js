// A picture that is given: a file, or a drawing.

import { button, element, labelled } from "../elements.js";
import { brushOn } from "./brush.js";
import { dropPlace } from "./dropped.js";
import { pixelsOf } from "./pixels.js";

const SIZE = 256;

export function control(name, { settings }, changed, failed) {
  const aspect = settings.width / settings.height;
  const [width, height] = aspect >= 1 ? [SIZE, Math.round(SIZE / aspect)] : [Math.round(SIZE * aspect), SIZE];
  const canvas = element("canvas", { width, height, class: "pad", "aria-label": `${name}: draw here` });
  canvas.setAttribute("role", "application");
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  const colour = settings.channels > 2 ? element("input", { type: "color", value: "#ffffff" }) : null;
  let [whole, empty] = [null, true];
  const clear = () => {
    paper.fillStyle = "black";
    paper.fillRect(0, 0, width, height);
    [whole, empty] = [null, true];
  };
  clear();
  brushOn(
    canvas,
    (from, to) => {
      [whole, empty] = [null, false];
      paper.strokeStyle = colour ? colour.value : "white";
      paper.lineWidth = Math.max(SIZE / 10, (1.5 * SIZE) / Math.min(settings.width, settings.height));
      paper.lineCap = "round";
      paper.beginPath();
      paper.moveTo(from.x, from.y);
      paper.lineTo(to.x, to.y);
      paper.stroke();
    },
    changed,
  );
  const taken = async (file) => {
    try {
      const found = await pixelsOf(file);
      clear();
      await drawn(paper, found, width, height);
      [whole, empty] = [found, false];
      changed();
    } catch (error) {
      failed(error);
    }
  };
  const clearing = button("Clear", () => {
    clear();
    changed();
  });
  const node = element(
    "div",
    {},
    element("p", { class: "hint" }, "Draw, or choose a picture. With the keyboard: arrow keys move the brush, the space bar sets it down and lifts it."),
    canvas,
    element("div", { class: "row" }, dropPlace("Choose a picture", "image/*", taken), clearing),
  );
  if (colour) node.append(labelled("Colour of the brush", colour));
  const drawing = () => ({ width, height, levels: paper.getImageData(0, 0, width, height).data });
  return { node, value: async () => (empty ? null : (whole ?? drawing())) };
}

/** Draw pixels in the middle of a canvas, as large as they fit. */
async function drawn(paper, { width, height, levels }, wide, high) {
  const bitmap = await createImageBitmap(new ImageData(new Uint8ClampedArray(levels), width, height));
  const scale = Math.min(wide / width, high / height);
  const [x, y] = [(wide - width * scale) / 2, (high - height * scale) / 2];
  paper.drawImage(bitmap, x, y, width * scale, height * scale);
  bitmap.close();
}
