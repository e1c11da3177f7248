"""Three data sets as a new user has them: files in folders, and a table beside sounds.

They are written from packs of Parquet files. Real test samples come from the packs' test splits,
which the written folders do not contain.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as parquet
from PIL import Image

DIGITS = 10_000
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
Row = dict[str, object]


def rows(pack: Path, split: str) -> list[Row]:
    """The rows of a split of a pack."""
    found: list[Row] = parquet.read_table(pack / f"{split}.parquet").to_pylist()
    return found


def write_emoji(pack: Path, folder: Path) -> None:
    """Emoji in a folder for each group, of odd sizes; some are grey, some have alpha."""
    chance = random.Random(0)
    for number, row in enumerate(rows(pack, "train")):
        picture = picture_of(row)
        side = chance.randint(37, 90)
        picture = picture.resize((side, side + chance.randint(-5, 5)))
        if chance.random() < 0.05:
            picture = picture.convert("L")
        elif chance.random() < 0.2:
            picture = picture.convert("RGBA")
        file = folder / str(row["group"]) / f"{number:05d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        picture.save(file)


def write_digits(pack: Path, folder: Path) -> None:
    """Ten thousand handwritten digits in a folder for each."""
    for number, row in enumerate(rows(pack, "train")[:DIGITS]):
        file = folder / WORDS[int(str(row["label"]))] / f"{number:05d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        picture_of(row).save(file)


def write_speech(pack: Path, folder: Path) -> None:
    """Spoken digits as WAV files, and metadata.csv with the columns ``word`` and ``speaker``."""
    folder.mkdir(parents=True, exist_ok=True)
    speakers = _names(pack, "speaker")
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as stream:
        lines = csv.writer(stream)
        lines.writerow(["file_name", "word", "speaker"])
        for number, row in enumerate(rows(pack, "train")):
            name = f"{number:05d}.wav"
            (folder / name).write_bytes(bytes_of(row["audio"]))
            speaker = speakers[int(str(row["speaker"]))] if speakers else str(row["speaker"])
            lines.writerow([name, WORDS[int(str(row["label"]))], speaker])


def picture_of(row: Row) -> Image.Image:
    """The picture of a row."""
    return Image.open(io.BytesIO(bytes_of(row["image"])))


def bytes_of(cell: object) -> bytes:
    """The encoded bytes of a picture or a sound."""
    assert isinstance(cell, dict)
    found: bytes = cell["bytes"]
    return found


def files_of(folder: Path, ending: str) -> Iterator[Path]:
    """The files of a folder, in order."""
    yield from sorted(folder.rglob(f"*.{ending}"))


def _names(pack: Path, column: str) -> list[str]:
    import json

    metadata = parquet.ParquetFile(pack / "train.parquet").schema_arrow.metadata or {}
    features = json.loads(metadata.get(b"huggingface", b"{}")).get("info", {}).get("features", {})
    return list(features.get(column, {}).get("names") or [])
