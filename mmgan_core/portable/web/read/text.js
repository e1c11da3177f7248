// What all ways of reading a text begin with.

/** The text as a model reads it: composed, and in lower case if that is wanted. */
export function composed(value, { lower }) {
  const text = value.normalize("NFC");
  if (!text.trim()) throw new Error("The text is empty.");
  if (!text.isWellFormed()) throw new Error("The text holds half a character.");
  return (lower ? text.toLowerCase() : text).normalize("NFC");
}
