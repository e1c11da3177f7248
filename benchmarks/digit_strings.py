"""Whether strings of spoken digits come out right, and as long as people speak them.

    python benchmarks/digit_strings.py speech --data data/spoken-digits

Each string has three to five digits, said by one speaker, as `mmgan-zoo generate MODEL word=four
word=two speaker=NAME --join` makes them: word after word, each with a length of its own, joined as
one sound. The sound is cut where the words were joined (forced segmentation), and a support vector
machine reads each part: it learned on the MFCC of recordings of the training split, with nothing
that was made. "word errors" is the share of words that are read wrong, "strings right" that of
strings without any. "length" is the mean length of a word in milliseconds, and "correlation" that
of the mean lengths of each word by each speaker with those of recordings. Recordings of the test
split, joined in the same way, are the floor.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.speech_variety import Array, Readers, heard, made_takes, summary, takes_of
from mmgan_audio.waveform import Waveform
from mmgan_core import load

Kind = tuple[str, str]
WORD = "word SVM"


def main() -> None:
    """Print a table with two rows for each model: recordings, and what it says."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("models", nargs="+", help="models that speak: a name, dir:, run:")
    options.add_argument("--data", type=Path, required=True, help="the folder of the data")
    options.add_argument("--strings", type=int, default=200)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--save", type=Path, help="a folder for the first ten sounds")
    asked = options.parse_args()
    torch.set_flush_denormal(True)
    random = np.random.default_rng(asked.seed)
    learned, told = takes_of(asked.data / "train.parquet")
    test, test_told = takes_of(asked.data / "test.parquet")
    words, speakers = np.unique(told[:, 0]), np.unique(told[:, 1])
    strings = [
        [(str(word), str(speaker)) for word in random.choice(words, random.integers(3, 6))]
        for speaker in random.choice(speakers, asked.strings)
    ]
    print("| | word errors | strings right | length, ms | correlation |")
    print("| --- | --- | --- | --- | --- |")
    for name in asked.models:
        model = load(name, device="cpu")
        modality: Any = model.gan.modalities["audio"]
        recorded = by_kind(recordings(learned, modality), told)
        readers = Readers(
            np.stack([described(wave, modality) for waves in recorded.values() for wave in waves]),
            np.array([kind for kind, waves in recorded.items() for _ in waves]),
        )
        takes = by_kind(recordings(test, modality), test_told)
        print(f"| recordings | {row(said(strings, takes), strings, recorded, readers, modality)} |")

        kinds = np.array([kind for string in strings for kind in string])
        order = np.lexsort(kinds.T)
        canvases, told_made = made_takes(model, kinds[order], 1, asked.seed, 1.0)
        waves = [sound.samples for sound in modality.present(canvases)]
        spoken = list(said(strings, by_kind(ended(waves, modality), told_made)))
        print(f"| {name} | {row(spoken, strings, recorded, readers, modality)} |", flush=True)
        for number, string in enumerate(spoken[:10] if asked.save else []):
            asked.save.mkdir(parents=True, exist_ok=True)
            digits = "-".join(word for word, _ in strings[number])
            whole = modality.joined([Waveform(wave, modality.options.rate) for wave in string])
            modality.save(whole, asked.save / f"{number:02}-{strings[number][0][1]}-{digits}")


def recordings(takes: Sequence[Any], modality: Any) -> list[Array]:
    """Recordings, as loud as made sounds, and as they stand in a joined sound."""
    return ended([modality.scaled(wave) for wave, _ in takes], modality)


def ended(waves: Sequence[Array], modality: Any) -> list[Array]:
    """Each wave as it stands in a joined sound."""
    rate = modality.options.rate
    return [modality.joined([Waveform(wave, rate)]).samples for wave in waves]


def by_kind(waves: Sequence[Array], told: Array) -> dict[Kind, list[Array]]:
    """Waves by their word and speaker."""
    found: dict[Kind, list[Array]] = {}
    for wave, (word, speaker) in zip(waves, told.tolist(), strict=True):
        found.setdefault((word, speaker), []).append(wave)
    return found


def said(
    strings: Sequence[Sequence[Kind]], takes: Mapping[Kind, Sequence[Array]]
) -> Iterator[list[Array]]:
    """The parts of each string, in turn from the takes of its words and speaker."""
    used = dict.fromkeys(takes, 0)
    for string in strings:
        parts = []
        for kind in string:
            parts.append(takes[kind][used[kind] % len(takes[kind])])
            used[kind] += 1
        yield parts


def row(
    spoken: Any,
    strings: Sequence[Sequence[Kind]],
    recorded: Mapping[Kind, Sequence[Array]],
    readers: Readers,
    modality: Any,
) -> str:
    """Word errors, strings right, and lengths beside those of recordings."""
    number, reader = readers.readers[WORD]
    right: list[list[bool]] = []
    lengths: dict[Kind, list[float]] = {}
    for parts, string in zip(spoken, strings, strict=True):
        read = reader.predict(np.stack([described(part, modality) for part in parts]))
        right.append([str(one) == kind[number] for one, kind in zip(read, string, strict=True)])
        for part, kind in zip(parts, string, strict=True):
            lengths.setdefault(kind, []).append(1_000 * len(part) / modality.options.rate)
    words = [one for string in right for one in string]
    means = [
        (np.mean(of), 1_000 * mean_length(recorded[kind], modality)) for kind, of in lengths.items()
    ]
    correlation = np.corrcoef(np.array(means).T)[0, 1]
    mean = np.mean([length for of in lengths.values() for length in of])
    return (
        f"{1 - np.mean(words):.3f} | {np.mean([all(one) for one in right]):.3f} | "
        f"{mean:.0f} | {correlation:.2f}"
    )


def mean_length(waves: Sequence[Array], modality: Any) -> float:
    """The mean length of some waves in seconds."""
    return float(np.mean([len(wave) for wave in waves]) / modality.options.rate)


def described(wave: Array, modality: Any) -> Array:
    """The numbers that describe a take."""
    return summary(heard(wave, modality.options))


if __name__ == "__main__":
    main()
