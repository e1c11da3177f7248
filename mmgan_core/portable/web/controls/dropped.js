// A place for a file: chosen by a button, or dropped.

import { element, freshId } from "../elements.js";

/** The place; ``taken`` is called with each file. */
export function dropPlace(text, accept, taken) {
  const input = element("input", { type: "file", accept, id: freshId("file"), class: "hidden-input" });
  const place = element("div", { class: "drop" }, input, element("label", { for: input.id, class: "button" }, text));
  input.addEventListener("change", () => {
    if (input.files.length) taken(input.files[0]);
    input.value = "";
  });
  for (const kind of ["dragenter", "dragover"]) {
    place.addEventListener(kind, (event) => {
      event.preventDefault();
      place.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    place.addEventListener(kind, () => place.classList.remove("over"));
  }
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) taken(event.dataTransfer.files[0]);
  });
  return place;
}
