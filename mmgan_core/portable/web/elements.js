// Elements of the page. Every text becomes text: nothing that a model says is read as HTML.

/** An element with attributes, listeners (on...) and children, which are elements or texts. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

/** A button. */
export function button(text, clicked, attributes = {}) {
  return element("button", { type: "button", onclick: clicked, ...attributes }, text);
}

let names = 0;

/** An id that no other element has. */
export function freshId(stem) {
  names += 1;
  return `${stem}-${names}`;
}

/** A control with its label before it. */
export function labelled(text, control, hint = "") {
  control.id ||= freshId("control");
  const label = element("label", { for: control.id }, text);
  const found = element("div", { class: "labelled" }, label, control);
  if (hint) {
    const said = element("p", { class: "hint", id: freshId("hint") }, hint);
    control.setAttribute("aria-describedby", said.id);
    found.append(said);
  }
  return found;
}

/** What can be downloaded. */
export function download(name, blob) {
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
