// The pixels of a file, upright, as { width, height, levels (H, W, RGBA) }.

import { element } from "../elements.js";

const MOST_PIXELS = 64_000_000;

export async function pixelsOf(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { premultiplyAlpha: "none", colorSpaceConversion: "none" });
  } catch {
    throw new Error(`${file.name ?? "The file"} is no picture that this browser can read.`);
  }
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) {
    throw new Error(`The picture has ${Math.round((width * height) / 1e6)} megapixels, which are too many.`);
  }
  const canvas = element("canvas", { width, height });
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  paper.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, levels: paper.getImageData(0, 0, width, height).data };
}
