// Numbers, each of which is scaled from its own range to -1 to 1.

export function read(value, { low, high }) {
  const scaled = value.map((number, at) => ((number - low[at]) / (high[at] - low[at])) * 2 - 1);
  return { numbers: Float32Array.from(scaled) };
}
