// A sound that is given: spoken into the microphone, or a file.

import { button, element } from "../elements.js";
import { dropPlace } from "./dropped.js";
import { samplesOf } from "./samples_of.js";

export function control(name, { settings }, changed, failed) {
  let sound = null;
  const longest = Math.min(settings.max_seconds, Math.max(2, settings.length / settings.rate + 1));
  const player = element("audio", { controls: true, "aria-label": `${name}: what is given`, hidden: true });
  const take = async (file) => {
    try {
      sound = await samplesOf(file);
      URL.revokeObjectURL(player.src);
      player.src = URL.createObjectURL(file);
      player.hidden = false;
      changed();
    } catch (error) {
      failed(error);
    }
  };
  const node = element(
    "div",
    {},
    element("p", { class: "hint" }, "Say it, or choose a file of sound. Nothing leaves this device."),
    element("div", { class: "row" }, recorder(longest, take, failed), dropPlace("Choose a sound", "audio/*", take)),
    player,
  );
  return { node, value: async () => sound };
}

/** A button that records until it is pressed again, or for so many seconds at most. */
function recorder(longest, taken, failed) {
  let running = null;
  const pressed = async () => {
    if (running) {
      running.stop();
      return;
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const parts = [];
      running = new MediaRecorder(stream);
      running.addEventListener("dataavailable", (event) => parts.push(event.data));
      running.addEventListener("stop", () => {
        stream.getTracks().forEach((track) => track.stop());
        const file = new Blob(parts, { type: running.mimeType });
        running = null;
        shown(false);
        taken(file);
      });
      running.start();
      shown(true);
      setTimeout(() => running?.stop(), longest * 1000);
    } catch (error) {
      running = null;
      failed(new Error(`The microphone cannot be used: ${error.message}`));
    }
  };
  const found = button("Record", pressed, { class: "record", "aria-pressed": "false" });
  const shown = (on) => {
    found.textContent = on ? "Stop" : "Record";
    found.setAttribute("aria-pressed", String(on));
  };
  if (!navigator.mediaDevices || !window.MediaRecorder) {
    found.disabled = true;
    found.title = "This browser gives pages no microphone.";
  }
  return found;
}
