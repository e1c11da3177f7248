"""Spoken digits without some pairs of word and speaker, to see whether a model can join them.

    python benchmarks/speech_data.py --data data/spoken-digits --out data/spoken-digits-held-out

Of speaker k of the sorted speakers, the words 3 k + 2 of the sorted words (modulo their number) are
left out of the training split: one pair a speaker, and no word twice. The test split stays whole.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def main() -> None:
    """Write the folder, and say what is left out."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, required=True, help="the folder of spoken digits")
    options.add_argument("--out", type=Path, required=True, help="the folder to write")
    chosen = options.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(chosen.data / "test.parquet", chosen.out / "test.parquet")
    table = pq.read_table(chosen.data / "train.parquet")
    gone = left_out(table)
    labels, speakers = table["label"].to_pylist(), table["speaker"].to_pylist()
    kept = [pair not in gone for pair in zip(labels, speakers, strict=True)]
    pq.write_table(table.filter(pa.array(kept)), chosen.out / "train.parquet")
    names = words(table)
    said = ", ".join(f"{names[word]} by {speaker}" for word, speaker in sorted(gone))
    print(f"{sum(kept):,} of {len(kept):,} rows; without {said}")


def left_out(table: pa.Table) -> set[tuple[int, str]]:
    """The pairs of label and speaker that training does not see."""
    speakers = sorted(set(table["speaker"].to_pylist()))
    names = words(table)
    order = sorted(range(len(names)), key=lambda label: names[label])
    return {(order[(3 * k + 2) % len(order)], speaker) for k, speaker in enumerate(speakers)}


def words(table: pa.Table) -> list[str]:
    """The word of each label."""
    found: list[str] = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"][
        "label"
    ]["names"]
    return found


if __name__ == "__main__":
    main()
