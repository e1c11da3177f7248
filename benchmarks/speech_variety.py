"""How much spoken words vary, and whether simple readers still hear them: no network listens.

    python benchmarks/speech_variety.py run:runs/speech --data data/spoken-digits
    python benchmarks/speech_variety.py run:runs/speech --data data/spoken-digits --sound

Sounds are described by mel-frequency cepstral coefficients (MFCC): their means and deviations over
the frames that sound, their means over each fifth of these frames, and how many these are. They are
read off the log-mel canvases themselves, which takes seconds; with ``--sound``, by librosa off the
sounds that the model makes of canvases. Real takes go the same way.

"1-NN" and "SVM" are the shares of takes of which the nearest real training take, or a support
vector machine that learned on all of these, tells the word and the speaker. They learn on takes
that go the same way; with ``--sound`` once on recordings, and once on recordings that became a
canvas and a sound again. "real / made" are real test takes, read by readers that learned on made
takes alone (the classification accuracy score, Ravuri and Vinyals 2019,
https://arxiv.org/abs/1905.10887). "spread" is the root of the mean squared distance of takes to the
mean of their word and speaker, each feature in units of its deviation over all that was learned on;
"variety" is the spread over that of the real training takes. With ``--trained`` the made takes of
words and speakers that never occur together in that data stand apart. "silent" and "clipped" count
sounds whose root mean square is below 0.001, and sounds with four samples in a row at the limit.
"""

from __future__ import annotations

import argparse
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pyarrow.parquet as pq
import soundfile
import torch
from numpy.typing import NDArray
from scipy.fft import dct  # type: ignore[import-untyped]
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import Tensor

from mmgan_core import load
from mmgan_core.inference.model import Model

Array = NDArray[Any]
_COEFFICIENTS, _PARTS = 20, 5
_QUIET = 40.0  # decibels below the loudest frame: a frame that is louder sounds


def main() -> None:
    """Print the numbers of real and made takes, and write them to a file if one is named."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("models", nargs="+", help="models that make audio: a name, dir:, run:")
    options.add_argument("--data", type=Path, required=True, help="the folder of the data")
    options.add_argument("--trained", type=Path, help="the folder of the model's data, if another")
    options.add_argument("--learn", type=int, help="real takes per word and speaker; default: all")
    options.add_argument("--takes", type=int, default=17, help="made takes per word and speaker")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--noise", type=float, default=1.0, help="the factor of the noise")
    options.add_argument("--sound", action="store_true", help="read sounds, by librosa")
    options.add_argument("--griffin-lim", action="store_true", help="leave out the vocoder")
    options.add_argument("--to", type=Path, help="a JSON file for the numbers")
    chosen = options.parse_args()
    torch.set_flush_denormal(True)
    found: dict[str, dict[str, dict[str, float]]] = {}
    benches: dict[str, Bench] = {}
    for name in chosen.models:
        model = load(name)
        modality = model.gan.modalities["audio"]
        if chosen.griffin_lim:
            modality = type(modality)(modality.options.model_copy(update={"vocoder": None}))
        key = repr(modality.options)
        if key not in benches:
            benches[key] = Bench(modality, chosen)
        bench = benches[key]
        made, told = made_takes(model, bench.kinds, chosen.takes, chosen.seed, chosen.noise)
        found[name] = bench.real | bench.made(made, told)
        for kind, numbers in found[name].items():
            said = "  ".join(f"{key} {value:.3f}" for key, value in numbers.items())
            print(f"{name:16} {kind:34} {said}", flush=True)
    if chosen.to:
        chosen.to.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


class Bench:
    """The readers of one kind of canvas.

    Attributes:
        kinds: the words and speakers of the data, (N, 2).
        real: the numbers of real test takes, by what was read and what the readers learned on.
    """

    def __init__(self, modality: Any, chosen: argparse.Namespace) -> None:
        self.modality, self.sound = modality, chosen.sound
        raw, told = takes_of(chosen.data / "train.parquet", chosen.learn)
        test, test_told = takes_of(chosen.data / "test.parquet")
        self.kinds = np.unique(told, axis=0)
        seen = takes_of(chosen.trained / "train.parquet")[1] if chosen.trained else told
        self.known = {tuple(kind) for kind in seen.tolist()}
        canvases, test_canvases = (modality.to_sample(modality.prepare(x)) for x in (raw, test))
        self.readers = {"": Readers(self.features(canvases), told)}
        again = self.features(test_canvases)
        self.real = {"real": self.readers[""].numbers(again, test_told)}
        if self.sound:
            self.readers = {"sound again": self.readers[""]}
            recorded, tested = (self.recorded(takes) for takes in (raw, test))
            self.readers["recordings"] = Readers(recorded, told)
            told_by = self.readers.items()
            self.real = {
                f"real, sound again / {name}": reader.numbers(again, test_told)
                for name, reader in told_by
            }
            self.real["real / recordings"] = self.readers["recordings"].numbers(tested, test_told)
            self.tested = tested, test_told

    def made(self, canvases: Tensor, told: Array) -> dict[str, dict[str, float]]:
        """The numbers of made takes."""
        waves = self.waves(canvases) if self.sound else []
        seen, found = self.features(canvases, waves), {}
        apart = np.array([tuple(kind) not in self.known for kind in told.tolist()])
        for name, reader in self.readers.items():
            by = f" / {name}" if name else ""
            found[f"made{by}"] = reader.numbers(seen[~apart], told[~apart])
            if apart.any():
                found[f"made, held out{by}"] = reader.numbers(seen[apart], told[apart])
        if self.sound:
            found["real / made"] = Readers(seen, told).numbers(*self.tested)
            last = found["made / recordings"]
            last["sounds"] = len(waves)
            last["silent"] = sum(bool(np.sqrt((wave**2).mean()) < 1e-3) for wave in waves)
            last["clipped"] = sum(clipped(wave) for wave in waves)
        return found

    def features(self, canvases: Tensor, waves: list[Array] | None = None) -> Array:
        """Numbers of each canvas, or of the sound that it becomes."""
        if self.sound:
            return self.recorded([(wave, 0) for wave in waves or self.waves(canvases)])
        options = self.modality.options
        low, span = options.floor_db, options.ceiling_db - options.floor_db
        decibels = (canvases[:, 0].float().clamp(-1, 1).numpy() + 1) / 2 * span + low
        return np.stack([summary(one) for one in decibels])

    def recorded(self, takes: list[Any]) -> Array:
        """Numbers of sounds, scaled and cut as canvases are."""
        most = int(self.modality.options.seconds * self.modality.options.rate)
        waves = (self.modality.scaled(wave[:most]) for wave, _ in takes)
        return np.stack([summary(heard(wave, self.modality.options)) for wave in waves])

    def waves(self, canvases: Tensor) -> list[Array]:
        """The sounds of canvases."""
        return [sound.samples for sound in self.modality.present(canvases)]


class Readers:
    """They read words and speakers off features, and say how far takes spread."""

    def __init__(self, seen: Array, told: Array) -> None:
        self.unit = seen.std(0) + 1e-6
        self.spread = spread(seen / self.unit, told)
        self.readers: dict[str, Any] = {}
        for number, what in enumerate(("word", "speaker")):
            near, wide = KNeighborsClassifier(1), SVC(C=10, gamma="scale")
            for name, reader in (("1-NN", near), ("SVM", wide)):
                taught = make_pipeline(StandardScaler(), reader).fit(seen, told[:, number])
                self.readers[f"{what} {name}"] = number, taught

    def numbers(self, seen: Array, told: Array) -> dict[str, float]:
        """What the readers and the spread say of takes that should say ``told``."""
        found = {
            name: float((reader.predict(seen) == told[:, number]).mean())
            for name, (number, reader) in self.readers.items()
        }
        found["spread"] = spread(seen / self.unit, told)
        found["variety"] = found["spread"] / self.spread
        return found


def takes_of(file: Path, most: int | None = None) -> tuple[list[object], Array]:
    """Waveforms, and their words and speakers, (N, 2); at most so many of each of these."""
    table = pq.read_table(file)
    meta = json.loads(table.schema.metadata[b"huggingface"])
    names = meta["info"]["features"]["label"]["names"]
    waves: list[object] = []
    for value in table["audio"].to_pylist():
        samples, rate = soundfile.read(io.BytesIO(value["bytes"]), dtype="float32")
        waves.append((samples, rate))
    told = [
        (names[label], speaker)
        for label, speaker in zip(
            table["label"].to_pylist(), table["speaker"].to_pylist(), strict=True
        )
    ]
    found: Counter[tuple[str, str]] = Counter()
    kept = []
    for row, kind in enumerate(told):
        found[kind] += 1
        if most is None or found[kind] <= most:
            kept.append(row)
    return [waves[row] for row in kept], np.array(told)[kept]


@torch.no_grad()
def made_takes(
    model: Model, kinds: Array, takes: int, seed: int, factor: float
) -> tuple[Tensor, Array]:
    """Canvases of each word by each speaker, and what they should say."""
    told = np.repeat(kinds, takes, axis=0)
    generator = torch.Generator().manual_seed(seed)
    dim = model.gan.noise_dims["audio"]
    noise = factor * torch.randn(len(told), dim, generator=generator)
    made = []
    for start in range(0, len(told), 100):
        rows = told[start : start + 100]
        given = {"word": rows[:, 0].tolist(), "speaker": rows[:, 1].tolist()}
        conditions = model.conditions(given, len(rows))
        made.append(model.gan.make({"audio": noise[start : start + 100]}, conditions, {})["audio"])
    return torch.cat(made).float(), told


def heard(wave: Array, options: Any) -> Array:
    """Decibels of mel bands, (bands, frames), of librosa."""
    power = librosa.feature.melspectrogram(
        y=wave, sr=options.rate, n_fft=options.n_fft, hop_length=options.hop, n_mels=options.bands
    )
    decibels: Array = librosa.power_to_db(power, ref=1.0, amin=1e-8, top_db=80)
    return decibels


def summary(decibels: Array) -> Array:
    """Decibels (bands, frames) to the numbers that describe a take."""
    loud = decibels.mean(0)
    sounding = np.flatnonzero(decibels.max(0) > decibels.max() - _QUIET)
    first, last = int(sounding[0]), int(sounding[-1]) + 1
    frames = dct(decibels, axis=0, norm="ortho")[:_COEFFICIENTS, first:last]
    parts = [part.mean(1) for part in np.array_split(frames, _PARTS, axis=1) if part.shape[1]]
    parts += [parts[-1]] * (_PARTS - len(parts))
    length = np.array([last - first, loud.max() - loud.mean()])
    return np.concatenate([frames.mean(1), frames.std(1), *parts, length])


def spread(features: Array, told: Array) -> float:
    """The root of the mean squared distance to the mean of the same word and speaker."""
    kinds = np.unique(told, axis=0)
    groups = [features[(told == kind).all(1)] for kind in kinds]
    squares = [group.var(0, ddof=1).mean() for group in groups if len(group) > 1]
    return float(np.sqrt(np.mean(squares)))


def clipped(wave: Array) -> bool:
    """Whether four samples in a row lie at the limit."""
    return bool(np.convolve(np.abs(wave) > 0.999, np.ones(4), "valid").max() >= 4)


if __name__ == "__main__":
    main()
