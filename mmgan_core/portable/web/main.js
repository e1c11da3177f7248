// The page of one model: what `onnx.json` says decides which controls it has.

import { directionsOf } from "./directions.js";
import { button, download, element } from "./elements.js";
import { load } from "./engine.js";
import { filesOf } from "./files.js";
import { givenOf } from "./given.js";
import { noiseOf } from "./noise_controls.js";
import { repairOf } from "./repair.js";
import { Sampler } from "./sampler.js";
import { show } from "./showings.js";

const place = (id) => document.getElementById(id);

async function begin() {
  const contract = await (await fetch("onnx.json")).json();
  document.title = contract.name;
  place("name").textContent = contract.name;
  place("summary").textContent = contract.summary;
  place("made").hidden = false;
  say("Loading the model …");
  const [run, files] = await Promise.all([load(contract.graph), filesOf(contract)]);
  const page = new Page(contract, new Sampler(contract, run, files));
  place("controls").append(...page.nodes());
  place("controls").hidden = false;
  await page.made();
  window.mmgan = page; // for whoever opens the console
  document.body.dataset.ready = "true";
}

function say(text) {
  place("status").textContent = text;
}

/** The controls of a model, and what is made by them. */
class Page {
  constructor(contract, sampler) {
    this.contract = contract;
    this.sampler = sampler;
    this.last = null; // the samples that are shown
    this.running = null;
    this.again = false;
    const changed = () => this.made();
    const failed = (error) => this.failed(error);
    const entries = Object.entries(contract.given);
    const { example } = contract;
    const first = entries.findIndex(([name, reading]) => reading.kind === "label" || example[name]);
    const given = (name) => {
      for (const [other, part] of this.given) if (other !== name) part.yieldTo();
      changed();
    };
    this.given = entries.map(([name, reading], at) => [
      name,
      givenOf(name, { ...reading, example: example[name] }, at === first, () => given(name), failed),
    ]);
    const made = () => this.firstPicture();
    this.repairs = Object.entries(contract.repair)
      .map(([name, reading]) => [name, repairOf(name, reading, made, changed, failed)])
      .filter(([, part]) => part);
    const noises = Object.keys(contract.inputs).filter((name) => /^(noise|prior)\./.test(name));
    const few = window.matchMedia("(max-width: 30rem)").matches ? 4 : 8;
    const count = noises.length ? few : 1;
    this.noise = noiseOf(noises.length > 0, count, changed);
    this.directions = directionsOf(contract.directions, changed);
  }

  nodes() {
    return [...this.repairs, ...this.given].map(([, part]) => part.node).concat(this.directions.nodes, this.noise.node);
  }

  /** What the controls ask for. */
  async asked() {
    const given = {};
    for (const [name, part] of this.given) given[name] = await part.value();
    const repair = Object.fromEntries(this.repairs.map(([name, part]) => [name, part.value()]));
    const { directions } = this;
    return { given, repair, ...this.noise.value(), shifts: directions.shifts(), amounts: directions.amounts() };
  }

  /** Make samples of what the controls ask for; while that goes on, only the newest wish counts. */
  made() {
    this.again = true;
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  async run() {
    while (this.again) {
      this.again = false;
      try {
        const asked = await this.asked();
        const start = performance.now();
        const found = await this.sampler.make(asked);
        const spent = performance.now() - start;
        this.show(found);
        place("fault").textContent = "";
        say(`${asked.count} made in ${spent.toFixed(0)} ms`);
      } catch (error) {
        this.failed(error);
      }
    }
  }

  failed(error) {
    place("fault").textContent = error.message;
    say("Nothing was made.");
  }

  show(found) {
    for (const { drop } of this.last?.shown ?? []) drop?.();
    const shown = [];
    const parts = Object.entries(found).map(([entry, { rows, shape }]) => {
      const items = rows.map((row, at) => {
        const one = show(this.contract.made[entry], row, shape);
        const title = `${entry} ${at + 1}`;
        if (one.node.getAttribute("role") === "img") one.node.setAttribute("aria-label", `${title}: ${one.said}`);
        shown.push({ entry, ...one });
        const save = async () => download(`${entry}-${at}.${one.ending}`, await one.blob());
        const saving = button("Save", save, { class: "save", "aria-label": `Save ${title}` });
        return element("li", {}, one.node, saving);
      });
      const list = element("ul", { class: "samples", "aria-label": `made: ${entry}` }, ...items);
      list.classList.toggle("pictures", shown.at(-1)?.levels !== undefined);
      return list;
    });
    this.last = { found, shown };
    keepFocus(place("samples"), parts);
  }

  firstPicture() {
    const { node, levels } = this.last.shown.find((one) => one.levels);
    return { width: node.width, height: node.height, levels };
  }
}

/** Replace what a place holds; a button in it that had the focus has it again. */
function keepFocus(where, parts) {
  const at = Array.from(where.querySelectorAll("button, audio")).indexOf(document.activeElement);
  where.replaceChildren(...parts);
  if (at >= 0) where.querySelectorAll("button, audio")[at]?.focus({ preventScroll: true });
}

begin().catch((error) => {
  place("made").hidden = false;
  place("fault").textContent = `The model cannot be loaded: ${error.message}`;
  say("");
});
