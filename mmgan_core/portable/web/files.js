// The files that readings and showings name, fetched once when the page begins.

/** The files of a contract: ``json(name, made)`` returns what ``made`` makes of one, once. */
export async function filesOf(contract) {
  const texts = new Map();
  await Promise.all(
    Object.keys(contract.files)
      .filter((name) => name.endsWith(".json"))
      .map(async (name) => texts.set(name, await (await fetch(name)).text())),
  );
  const known = new Map();
  return {
    json(name, made) {
      if (!known.has(name)) known.set(name, made(JSON.parse(texts.get(name))));
      return known.get(name);
    },
  };
}
