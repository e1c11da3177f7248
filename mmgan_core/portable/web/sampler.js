// From what people give to what a graph is fed, and from its outputs to samples.

import { noiseAt, normal, seedOf, uniform } from "./noise.js";
import { read } from "./readings.js";

const PRIOR = 0x5eed; // keeps the prior's numbers apart from the noise

/** Makes samples of a model. */
export class Sampler {
  /**
   * @param contract what `onnx.json` says.
   * @param run runs the graph.
   * @param files the files that readings name.
   */
  constructor(contract, run, files) {
    this.contract = contract;
    this.run = run;
    this.files = files;
    this.known = new Map(); // what was read last, by place: a slider changes noise alone
  }

  /**
   * Make samples.
   *
   * @param asked
   *   given: values of given entries, by name; what is not there is absent.
   *   repair: by made entry, a value and its mask (1 where it is missing).
   *   count: how many samples; seed: which ones; place: how far along the path through noise;
   *   spread: a factor of the noise; shifts: what is added to it, by the input that is fed it;
   *   amounts: how far the condition goes along each of its directions.
   * @returns by made entry, one row of numbers for each sample, and the shape of a row.
   */
  async make(asked) {
    const inputs = {};
    for (const [name, input] of Object.entries(this.contract.inputs)) {
      inputs[name] = this.fed(name, input, asked);
    }
    const outputs = await this.run(inputs);
    return Object.fromEntries(
      Object.keys(this.contract.made).map((entry) => {
        const { data, shape } = outputs[`made.${entry}`];
        const size = data.length / asked.count;
        const rows = Array.from({ length: asked.count }, (_, k) => data.slice(k * size, (k + 1) * size));
        return [entry, { rows, shape: shape.slice(1) }];
      }),
    );
  }

  fed(name, { dtype, shape: [batch, ...shape] }, asked) {
    const row = this.row(name, shape, asked);
    if (batch === undefined) return { dtype, data: [Number(row)], shape: [] };
    const sizes = row.shape ?? shape;
    const rows = row.of ? Array.from({ length: asked.count }, (_, k) => row.of(k)) : null;
    const size = product(sizes);
    const data = new (row.data ?? rows[0]).constructor(asked.count * size);
    for (let k = 0; k < asked.count; k += 1) data.set(rows ? rows[k] : row.data, k * size);
    return { dtype, data, shape: [asked.count, ...sizes] };
  }

  /** What an input is fed: data that all samples share, or a function of the sample's number. */
  row(name, shape, { given, repair, seed, place, spread, shifts = {}, amounts = [] }) {
    const [what, entry, part] = name.split(".");
    const size = product(shape);
    if (what === "noise") return { of: (k) => moved(noiseAt(seed, k, place, size, spread), shifts[name]) };
    if (what === "prior") {
      if (entry === "draw") return !Object.values(repair).some(Boolean);
      const own = (k) => seedOf(seed, PRIOR, k);
      return entry === "place"
        ? { of: (k) => Float32Array.of(uniform(own(k))()) }
        : { of: (k) => normal(own(k) + 1, size) };
    }
    if (what === "push") return { data: Float32Array.from({ length: size }, (_, at) => amounts[at] ?? 0) };
    if (what === "given") return this.given(entry, part, shape, given);
    return this.repaired(entry, part, shape, repair[entry]);
  }

  given(entry, part, shape, given) {
    const there = given[entry] !== undefined;
    if (part === "present") return there;
    const reading = this.contract.given[entry];
    if (!there) return nothing(this.contract.inputs[`given.${entry}.${part}`]);
    return sized(this.read(`given.${entry}`, reading, given[entry])[part], shape);
  }

  repaired(entry, part, shape, asked) {
    if (part === "mask") {
      return { data: asked ? asked.mask : new Float32Array(product(shape)).fill(1) };
    }
    const reading = this.contract.repair[entry];
    if (!asked) return nothing(this.contract.inputs[`repair.${entry}.${part}`]);
    return sized(this.read(`repair.${entry}`, reading, asked.value)[part], shape);
  }

  read(where, reading, value) {
    const last = this.known.get(where);
    if (last && last.value === value) return last.found;
    const found = read(reading, value, this.files);
    this.known.set(where, { value, found });
    return found;
  }
}

/** Noise with what is added to it, if anything is. */
function moved(noise, shift) {
  return shift ? noise.map((number, at) => number + shift[at]) : noise;
}

function product(sizes) {
  return sizes.reduce((found, size) => found * size, 1);
}

const ARRAYS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array };

/** Zeros where an entry is absent. */
function nothing({ dtype, shape: [, ...shape], least }) {
  const sizes = shape.map((side) => (typeof side === "number" ? side : least));
  return { data: new ARRAYS[dtype](product(sizes)), shape: sizes };
}

/** What was read, with the sizes that differ from value to value. */
function sized(data, shape) {
  const fixed = product(shape.filter((side) => typeof side === "number"));
  return { data, shape: shape.map((side) => (typeof side === "number" ? side : data.length / fixed)) };
}
