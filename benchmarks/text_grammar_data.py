"""A small language of which every sentence is known, and data of half of it.

    python benchmarks/text_grammar_data.py data/grammar

The verb agrees with its subject, between which may stand another noun: "the foxes near the old cat
sleep". So counting neighbouring words cannot tell what is right. There are 1,440 sentences. Half of
them, chosen by a seed, are the data: each stands 16 times in ``train.parquet`` and once in
``validation.parquet``, in the column ``text``; the other half stands nowhere, so that what was
understood can be told from what was learned by heart.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

# The singular and the plural of everything that has both.
DETERMINERS = (("a", "the"), ("two", "the"))
NOUNS = (("cat", "dog", "fox"), ("cats", "dogs", "foxes"))
ALONE = (("sleeps", "sings"), ("sleep", "sing"))
WITH_OBJECT = (("sees", "likes"), ("see", "like"))
ADJECTIVES = ("", "small ", "old ")
OBJECTS = ("the cat", "the dogs", "a fox")
NEAR = ("", " near the dog", " near the cats", " near the old fox", " near two dogs")
TIMES = 16


def language() -> list[str]:
    """Every sentence, in order."""
    found: list[str] = []
    for number in (0, 1):
        subjects = [
            f"{determiner} {adjective}{noun}{near}"
            for determiner, adjective, noun, near in product(
                DETERMINERS[number], ADJECTIVES, NOUNS[number], NEAR
            )
        ]
        verbs = [*ALONE[number]]
        verbs += [f"{verb} {what}" for verb, what in product(WITH_OBJECT[number], OBJECTS)]
        found += [f"{subject} {verb}" for subject, verb in product(subjects, verbs)]
    return sorted(found)


def halves(seed: int = 0) -> tuple[list[str], list[str]]:
    """The sentences of the data, and the others."""
    sentences = language()
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(sentences))
    mixed = [sentences[at] for at in order]
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


def write(folder: Path, seed: int = 0) -> None:
    """Write both splits."""
    folder.mkdir(parents=True, exist_ok=True)
    known, _ = halves(seed)
    for split, rows in (("train", known * TIMES), ("validation", known)):
        pq.write_table(pa.table({"text": rows}), folder / f"{split}.parquet")


def main() -> None:
    """Write the data into a folder."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("out", type=Path, help="the folder")
    options.add_argument("--seed", type=int, default=0, help="which half is known")
    chosen = options.parse_args()
    write(chosen.out, chosen.seed)
    print(f"{len(language()):,} sentences, of which half are data in {chosen.out}")


if __name__ == "__main__":
    main()
