"""The cases of `gpu_check.py`: recipes as they are, small forms of them, and a large network.

The small forms need no data packs: the digits are the embedded ones, emoji and sounds are made
here. They also stand in for packs that are absent.
"""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Changes = Mapping[str, Any]


@dataclass(frozen=True)
class Size:
    """How much each part of the check does.

    Attributes:
        seconds: how long each training takes.
        steps: how many steps a training takes before it is interrupted, and as many after.
        first: how many steps a training takes before its rate is first measured; they must include
            a line of metrics.
        made: how many samples are made to measure how fast they are made.
        evaluated: how many samples are made for each number of the evaluation.
        loop_seconds: how long the steps of each compared loop are timed.
    """

    seconds: float
    steps: int
    first: int
    made: int
    evaluated: int
    loop_seconds: float


@dataclass(frozen=True)
class Case:
    """A recipe, the changes to it, and the given values that its samples are made from.

    Attributes:
        recipe: its name in the zoo, or a file.
        without: the parts that are not tried.
        compared: whether its steps are compared with other loops, instead of all other parts.
        data: what its data are: the embedded ones, a pack, or synthetic ones of the same shape.
    """

    recipe: str
    given: Mapping[str, str]
    changes: Changes = field(repr=False)
    without: tuple[str, ...] = ()
    compared: bool = False
    data: str = "embedded"

    @property
    def name(self) -> str:
        """What it is called in tables and folders."""
        return Path(self.recipe).stem.replace("_", "-")


# Penalties are computed every 4th step, so that 5 steps end between two of them.
FULL = Size(seconds=60, steps=5, first=10, made=256, evaluated=100, loop_seconds=6)
TINY = Size(seconds=1, steps=5, first=5, made=8, evaluated=10, loop_seconds=0.2)
DIGITS_GIVEN = {"text": "three"}
EMOJI_GIVEN = {"caption": "red apple"}
SPEECH_GIVEN = {"word": "three"}
# Captions letter by letter, for a machine with a GPU may lack the package of the language model.
# In fp32, because whether bf16 works is a part of its own.
LETTERS: Changes = {
    "given.caption.encoder": {"use": "text/characters", "dim": 64, "width": 64, "length": 48},
    "train.precision": "fp32",
}
# The discriminator from the first step, because its penalties are what may fail on a GPU.
REPAIR: Changes = {"make.image.adversarial_start": 0}
# No model of the zoo is asked for, and no warm-up comes first.
SPEECH: Changes = {
    "make.audio.modality.vocoder": None,
    "make.audio.adversarial_start": 0,
    "train.precision": "fp32",
}
NO_SAMPLES = ("generate", "evaluate", "compiled")
R3GAN = Path(__file__).with_name("gpu_r3gan.yaml")


def full(data: Path, folder: Path) -> list[Case]:
    """Return R3GAN's network and four recipes, on the packs in a folder where they are there.

    Args:
        folder: where synthetic data are written, in place of packs that are absent.
    """
    digits, common = {}, {"make.image.evaluator.samples": 10_000, "train.log_every": 320}
    handwritten, spoken = data / "handwritten-digits", data / "spoken-digits"
    if both := handwritten.is_dir() and spoken.is_dir():
        digits["data.sources.0.use"] = f"parquet:{handwritten}"
        digits["data.sources.1.use"] = f"parquet:{spoken}"
    else:
        digits["data"] = "core/digits"
    emoji, drawn = _or_made(data / "emoji-captions", folder / "emoji", render_emoji)
    sounds, spoken_by = _or_made(spoken, folder / "sounds", render_sounds)
    logged = {"train.log_every": 160}
    return [
        Case(str(R3GAN), {}, {}, compared=True),
        Case("digits-28", DIGITS_GIVEN, digits | common, data="pack" if both else "embedded"),
        Case("emoji", EMOJI_GIVEN, {"data": emoji, **LETTERS, **common}, data=drawn),
        Case("emoji-repair", {}, {"data": emoji, **REPAIR, **logged}, NO_SAMPLES, data=drawn),
        Case(
            "speech", SPEECH_GIVEN, {"data": sounds, **SPEECH, **logged}, NO_SAMPLES, data=spoken_by
        ),
    ]


def tiny(folder: Path) -> list[Case]:
    """Return the same with narrow networks, on embedded digits and on what is made here."""
    few = {"train.batch_size": 8, "train.log_every": 40}
    small = {
        "make.image.generator.width": 4,
        "make.image.discriminator.width": 4,
        "make.image.evaluator.samples": 256,
        **few,
    }
    narrow = {"make.image.generator.max_width": 16, "make.image.discriminator.max_width": 16}
    least = {"use": "image/r3", "width": 8, "group": 4}
    r3 = {"make.image.generator": {**least, "noise_dim": 8}, "make.image.discriminator": least}
    thin = {
        f"make.audio.{side}.{key}": value
        for side in ("generator", "discriminator")
        for key, value in (("width", 4), ("max_width", 16))
    }
    render_emoji(folder / "emoji")
    render_sounds(folder / "sounds")
    emoji, sounds = f"parquet:{folder / 'emoji'}", f"parquet:{folder / 'sounds'}"
    return [
        Case(str(R3GAN), {}, {**r3, **few}, ("ours compiled bf16",), compared=True),
        Case("digits-28", DIGITS_GIVEN, {"data": "core/digits", **small}, ("compiled",)),
        Case("emoji", EMOJI_GIVEN, {"data": emoji, **LETTERS, **small, **narrow}, data="synthetic"),
        Case(
            "emoji-repair",
            {},
            {"data": emoji, **REPAIR, **small, **narrow},
            NO_SAMPLES,
            data="synthetic",
        ),
        Case(
            "speech",
            SPEECH_GIVEN,
            {"data": sounds, **SPEECH, **few, **thin},
            NO_SAMPLES,
            data="synthetic",
        ),
    ]


def _or_made(pack: Path, folder: Path, make: Any) -> tuple[str, str]:
    """Return a pack as data, or what is made in its place, and which of the two it is."""
    if pack.is_dir():
        return f"parquet:{pack}", "pack"
    make(folder)
    return f"parquet:{folder}", "synthetic"


def render_sounds(folder: Path) -> None:
    """Write tones with the columns of the pack of spoken digits, as Parquet."""
    rows = [
        {"audio": _tone(200.0 * (number + 1)), "label": label, "speaker": speaker}
        for speaker in ("one", "other")
        for number, label in enumerate(("one", "two", "three", "four"))
        for _ in range(4)
    ]
    _write(folder, rows)


def _tone(pitch: float, rate: int = 8000, seconds: float = 0.4) -> bytes:
    waves = (math.sin(2 * math.pi * pitch * n / rate) for n in range(int(rate * seconds)))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"".join(struct.pack("<h", int(16_000 * one)) for one in waves))
    return file.getvalue()


def render_emoji(folder: Path) -> None:
    """Write coloured shapes with the columns of the emoji pack, as Parquet."""
    rows = [
        {
            "image": _shape(colour, shape),
            "caption": f"{colour} {shape}",
            "group": shape,
            "vendor": vendor,
        }
        for vendor in ("one", "other")
        for colour in ("red", "green", "blue", "orange")
        for shape in ("apple", "box")
    ]
    _write(folder, rows)


def _write(folder: Path, rows: Sequence[Mapping[str, object]]) -> None:
    import pyarrow
    from pyarrow import parquet

    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "test"):
        parquet.write_table(pyarrow.Table.from_pylist(list(rows)), folder / f"{split}.parquet")


def _shape(colour: str, shape: str) -> bytes:
    from PIL import Image, ImageDraw

    page = Image.new("RGB", (64, 64), "white")
    pen = ImageDraw.Draw(page)
    (pen.ellipse if shape == "apple" else pen.rectangle)((12, 12, 52, 52), fill=colour)
    file = io.BytesIO()
    page.save(file, "PNG")
    return file.getvalue()
