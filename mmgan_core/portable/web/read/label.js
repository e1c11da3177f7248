// Labels: 1 for the names that are meant, 0 for the others.

export function read(value, { names }) {
  return { names: Float32Array.from(names, (name) => (value.includes(name) ? 1 : 0)) };
}
