"""Makes the embedded data pack `core/digits`: `python scripts/make_digits.py`.

Needs espeak-ng on the path and, from PyPI, scikit-learn, soundfile, librosa and pyarrow. The same
versions give the same files; see mmgan_core/data/packs/digits/README.md for what they hold.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import soundfile
from PIL import Image
from sklearn.datasets import load_digits

PACK = Path(__file__).resolve().parent.parent / "mmgan_core" / "data" / "packs" / "digits"
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

# The first row of each of the fourteen forms; a form begins with 0123456789 three times. The form
# at row 906 lacks its first zero.
WRITER_STARTS = (0, 130, 256, 386, 516, 646, 776, 906, 1029, 1157, 1287, 1415, 1545, 1667)
TEST_WRITERS = (11, 12, 13)

RATE = 8_000
FLAC = {"format": "FLAC", "subtype": "PCM_16", "compression_level": 1.0}
DIALECTS = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbcwmd", "en-029")
# Test voices have timbres that no training voice has. Whispers, croaks and robots are left out.
TRAIN_VARIANTS = (
    "",
    "m1",
    "m2",
    "m3",
    "m4",
    "m5",
    "m8",
    "f1",
    "f3",
    "f5",
    "klatt",
    "klatt3",
    "klatt4",
    "Alex",
    "Alicia",
    "Andy",
    "Annie",
    "Denis",
    "Gene",
    "Lee",
    "Marco",
    "Michael",
    "Mike",
    "anika",
    "belinda",
    "ed",
    "john",
    "linda",
    "paul",
    "quincy",
    "rob",
    "robert",
    "shelby",
    "steph",
    "travis",
    "zac",
)
TEST_VARIANTS = (
    "m6",
    "m7",
    "f2",
    "f4",
    "Andrea",
    "Hugo",
    "Jacky",
    "Mario",
    "antonio",
    "david",
    "iven",
    "michel",
    "sandro",
    "victor",
)


Samples = np.ndarray[tuple[Any, ...], np.dtype[np.float32]]


@dataclass(frozen=True)
class Voice:
    """How one voice speaks: dialect and variant, rate in words a minute, pitch 0-99."""

    name: str
    rate: int
    pitch: int
    gain: float


def main() -> None:
    """Write the four files."""
    if not shutil.which("espeak-ng"):
        sys.exit("espeak-ng is not installed: apt-get install espeak-ng, or brew install espeak-ng")
    refuse_unknown_variants()
    PACK.mkdir(parents=True, exist_ok=True)
    write("handwriting-train", handwriting(test=False), {"image": IMAGE, "writer": "int32"})
    write("handwriting-test", handwriting(test=True), {"image": IMAGE, "writer": "int32"})
    speech = {"audio": AUDIO, "voice": "string", "rate": "int32", "pitch": "int32"}
    write("speech-train", spoken(TRAIN_VARIANTS, repeats=3, seed=0), speech)
    write("speech-test", spoken(TEST_VARIANTS, repeats=2, seed=1), speech)
    total = sum(file.stat().st_size for file in PACK.glob("*.parquet"))
    print(f"{total:,} bytes in all")


def refuse_unknown_variants() -> None:
    """Refuse unknown variants, for which espeak-ng silently uses its plain voice."""
    listed = subprocess.run(
        ["espeak-ng", "--voices=variant"], check=True, capture_output=True, text=True
    ).stdout
    known = set(re.findall(r"!v/(\S+)", listed)) | {""}
    if unknown := set(TRAIN_VARIANTS + TEST_VARIANTS) - known:
        sys.exit(f"this espeak-ng has no voice variants {sorted(unknown)}")


def handwriting(*, test: bool) -> list[dict[str, Any]]:
    """Return the 8 x 8 digits of some of the writers, as grey PNGs with white ink on black."""
    digits = load_digits()
    writers = np.searchsorted(WRITER_STARTS, np.arange(len(digits.images)), side="right") - 1
    rows = []
    for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        if (int(writers[number]) in TEST_WRITERS) != test:
            continue
        levels = np.round(image * (255 / 16)).astype(np.uint8)
        stream = io.BytesIO()
        Image.fromarray(levels).save(stream, "PNG", optimize=True)
        rows.append(
            {
                "image": {"bytes": stream.getvalue(), "path": f"{number:04d}.png"},
                "label": int(label),
                "writer": int(writers[number]),
            }
        )
    return rows


def spoken(variants: Sequence[str], *, repeats: int, seed: int) -> list[dict[str, Any]]:
    """Return every digit in every variant, each time in another dialect, rate and pitch."""
    random = np.random.default_rng(seed)
    rows = []
    for number, voice in enumerate(voices(variants, repeats, random)):
        for label, word in enumerate(NAMES):
            stream = io.BytesIO()
            soundfile.write(stream, speak(word, voice), RATE, **FLAC)
            audio = {"bytes": stream.getvalue(), "path": f"{voice.name}-{number:03d}-{word}.flac"}
            about = {"voice": voice.name, "rate": voice.rate, "pitch": voice.pitch}
            rows.append({"audio": audio, "label": label, **about})
    return [rows[k] for k in random.permutation(len(rows))]


def voices(variants: Sequence[str], repeats: int, random: np.random.Generator) -> Iterator[Voice]:
    """Yield voices, always in the same order."""
    for number, variant in enumerate(variants):
        for repeat in range(repeats):
            dialect = DIALECTS[(number + repeat * 2) % len(DIALECTS)]
            yield Voice(
                name=f"{dialect}+{variant}" if variant else dialect,
                rate=int(random.integers(120, 220)),
                pitch=int(random.integers(25, 75)),
                gain=float(random.uniform(0.5, 0.95)),
            )


def speak(word: str, voice: Voice) -> Samples:
    """Return one word as float samples at RATE, without silence, its peak at the voice's gain."""
    said = subprocess.run(
        [
            "espeak-ng",
            "-v",
            voice.name,
            "-s",
            str(voice.rate),
            "-p",
            str(voice.pitch),
            "--stdout",
            word,
        ],
        check=True,
        capture_output=True,
    ).stdout
    samples, rate = soundfile.read(io.BytesIO(said), dtype="float32")
    samples = librosa.resample(samples, orig_sr=rate, target_sr=RATE)
    _, (start, stop) = librosa.effects.trim(samples, top_db=45, frame_length=256, hop_length=64)
    edge = RATE // 50
    samples = samples[max(0, start - edge) : stop + edge]
    # Eleven bits are more than an 8 kHz telephone line carries, and make FLAC files smaller.
    scaled = samples * (voice.gain / np.abs(samples).max())
    rounded: Samples = np.round(scaled * 1024) / 1024
    return rounded


IMAGE = {"_type": "Image"}
AUDIO = {"_type": "Audio", "sampling_rate": RATE}


def write(name: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Any]) -> None:
    """Write a Parquet file with the features of the `datasets` library in its schema."""
    features: dict[str, Any] = {
        column: kind if isinstance(kind, dict) else {"dtype": kind, "_type": "Value"}
        for column, kind in columns.items()
    }
    features["label"] = {"names": list(NAMES), "_type": "ClassLabel"}
    table = pa.Table.from_pylist([dict(row) for row in rows])
    for column, kind in columns.items():
        if kind == "int32":
            place = table.schema.get_field_index(column)
            table = table.set_column(place, column, table[column].cast(pa.int32()))
    info = json.dumps({"info": {"features": features}})
    pq.write_table(
        table.replace_schema_metadata({"huggingface": info}),
        PACK / f"{name}.parquet",
        compression="zstd",
        row_group_size=500,
    )
    print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    main()
