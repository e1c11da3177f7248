// Resizing pictures as Pillow does, bit for bit, so that a model sees here what it saw in training.

const BITS = 22; // of the fixed-point weights
const FILTERS = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  lanczos: { support: 3, weight: (x) => (x > -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function sinc(x) {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** For each place of the result: where its window begins, and the weights of what lies in it. */
function windows(size, from, to, wanted, filter) {
  const scale = (to - from) / wanted;
  const wide = Math.max(scale, 1);
  const support = filter.support * wide;
  const found = [];
  for (let at = 0; at < wanted; at += 1) {
    const centre = from + (at + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(size, Math.trunc(centre + support + 0.5));
    const weights = [];
    for (let place = start; place < end; place += 1) {
      weights.push(filter.weight((place - centre + 0.5) / wide));
    }
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const fixed = weights.map((weight) => {
      const share = (sum === 0 ? weight : weight / sum) * 2 ** BITS;
      return Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
    });
    found.push({ start, weights: fixed });
  }
  return found;
}

function clipped(sum) {
  return Math.min(255, Math.max(0, Math.floor(sum / 2 ** BITS)));
}

/** Resize the part of a picture in a box (left, top, right, bottom) to a size. */
export function resized(picture, width, height, method, box = [0, 0, picture.width, picture.height]) {
  const [left, top, right, bottom] = box.map(Math.fround);
  const whole = left === 0 && top === 0 && right === picture.width && bottom === picture.height;
  if (whole && width === picture.width && height === picture.height) return picture;
  if (method === "nearest") return nearest(picture, width, height, [left, top, right, bottom]);
  const filter = FILTERS[method];
  if (!filter) throw new Error(`This page cannot resize pictures by ${method}.`);
  let found = picture;
  if (width !== picture.width || left !== 0 || right !== width) {
    found = across(found, windows(picture.width, left, right, width, filter));
  }
  if (height !== picture.height || top !== 0 || bottom !== height) {
    found = down(found, windows(picture.height, top, bottom, height, filter));
  }
  return found;
}

function across(picture, columns) {
  const { height, channels, levels } = picture;
  const found = new Uint8Array(columns.length * height * channels);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < columns.length; column += 1) {
      const { start, weights } = columns[column];
      for (let channel = 0; channel < channels; channel += 1) {
        let sum = 2 ** (BITS - 1);
        for (let at = 0; at < weights.length; at += 1) {
          sum += levels[(row * picture.width + start + at) * channels + channel] * weights[at];
        }
        found[(row * columns.length + column) * channels + channel] = clipped(sum);
      }
    }
  }
  return { width: columns.length, height, channels, levels: found };
}

function down(picture, rows) {
  const { width, channels, levels } = picture;
  const line = width * channels;
  const found = new Uint8Array(rows.length * line);
  for (let row = 0; row < rows.length; row += 1) {
    const { start, weights } = rows[row];
    for (let place = 0; place < line; place += 1) {
      let sum = 2 ** (BITS - 1);
      for (let at = 0; at < weights.length; at += 1) {
        sum += levels[(start + at) * line + place] * weights[at];
      }
      found[row * line + place] = clipped(sum);
    }
  }
  return { width, height: rows.length, channels, levels: found };
}

function nearest(picture, width, height, [left, top, right, bottom]) {
  const { channels, levels } = picture;
  const found = new Uint8Array(width * height * channels);
  const columns = steps(left, right, width);
  steps(top, bottom, height).forEach((y, row) => {
    columns.forEach((x, column) => {
      const start = (y * picture.width + x) * channels;
      found.set(levels.subarray(start, start + channels), (row * width + column) * channels);
    });
  });
  return { width, height, channels, levels: found };
}

/** The nearest places; summed up step by step, which decides where two are equally near. */
function steps(from, to, count) {
  const scale = Math.fround(to - from) / count;
  let place = from + scale * 0.5;
  return Array.from({ length: count }, () => {
    const found = Math.trunc(place);
    place += scale;
    return found;
  });
}
