// The engine that runs a graph: onnxruntime-web, from this folder, in one thread.

import * as ort from "./runtime/ort.wasm.min.mjs";

const HERE = new URL("./", import.meta.url);
const KINDS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array };

/** Load a graph; returns a function from inputs, by name, to outputs. */
export async function load(file) {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.proxy = false;
  ort.env.wasm.wasmPaths = new URL("runtime/", HERE).href;
  const session = await ort.InferenceSession.create(new URL(file, HERE).href, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  return async (inputs) => {
    const fed = {};
    for (const name of session.inputNames) {
      const { dtype, data, shape } = inputs[name];
      fed[name] = new ort.Tensor(dtype, KINDS[dtype].from(data), shape);
    }
    const found = await session.run(fed);
    return Object.fromEntries(
      session.outputNames.map((name) => [name, { data: found[name].data, shape: found[name].dims }]),
    );
  };
}
