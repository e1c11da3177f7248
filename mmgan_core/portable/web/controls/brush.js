// A brush on a canvas: by mouse, pen or finger, and by the arrow keys with the space bar.

/**
 * Lets people paint on a canvas.
 *
 * ``stroke(from, to)`` is called with places in pixels of the canvas, and ``ended`` after a stroke.
 */
export function brushOn(canvas, stroke, ended) {
  let last = null;
  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * canvas.width,
      y: ((event.clientY - box.top) / box.height) * canvas.height,
    };
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = placeOf(event);
    stroke(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const place = placeOf(event);
    stroke(last, place);
    last = place;
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, () => {
      if (last) ended();
      last = null;
    });
  }
  byKeys(canvas, stroke, ended);
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function byKeys(canvas, stroke, ended) {
  let [here, down] = [null, false];
  canvas.tabIndex = 0;
  canvas.addEventListener("keydown", (event) => {
    here ??= { x: canvas.width / 2, y: canvas.height / 2 };
    if (event.key === " ") {
      down = !down;
      canvas.classList.toggle("painting", down);
      if (down) stroke(here, here);
      else ended();
    } else if (STEPS[event.key]) {
      const size = Math.max(1, canvas.width / 32);
      const [x, y] = STEPS[event.key];
      const to = {
        x: Math.min(canvas.width - 1, Math.max(0, here.x + x * size)),
        y: Math.min(canvas.height - 1, Math.max(0, here.y + y * size)),
      };
      if (down) stroke(here, to);
      here = to;
    } else return;
    event.preventDefault();
  });
}
