"""How well a vocoder makes speech audible, beside Griffin-Lim from the same canvases.

    pip install pesq pystoi
    mmgan-zoo train vocoder
    python benchmarks/vocoder.py run:runs/vocoder

The test takes, each scaled to its peak, are joined in their order to sounds of about 5 seconds,
since PESQ fails on shorter ones; the last is left out if it is shorter. Each is made a canvas of
the model's mel, and audible again. For each way the table says:

- narrow-band PESQ (ITU-T P.862.1) and STOI (Taal et al. 2011) against the recording, as the mean
  over the sounds, and the lowest PESQ;
- how many of the words a reader gets right that is no network: a support vector machine on the
  MFCCs of the training takes, of each test take alone;
- how much the log spectrum varies over the frames of each bin, as a share of real ones: what is
  too smooth varies less;
- how many seconds of sound one second of one core's time makes.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pyarrow.parquet import read_table
from torch import Tensor

from mmgan_audio.log_mel_modality import LogMelModality
from mmgan_core import Model, load

Wave = np.ndarray[Any, np.dtype[np.float32]]
# Canvases (1, 1, bands, frames) to a wave.
Way = Callable[[Tensor], Wave]
PIECES, COEFFICIENTS = 16, 20


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", nargs="+", help="a trained vocoder, as `load` takes it")
    options.add_argument("--data", type=Path, default=Path("data/spoken-digits"))
    options.add_argument("--seconds", type=float, default=5.0, help="of each joined sound")
    options.add_argument("--count", type=int, default=300, help="test takes")
    options.add_argument("--taught", type=int, default=2700, help="training takes of the reader")
    options.add_argument("--rounds", type=int, default=60, help="of Griffin-Lim")
    asked = options.parse_args()
    torch.set_num_threads(1)
    models = [load(address, device="cpu") for address in asked.model]
    mel = mel_of(models[0])
    ways: dict[str, Way] = {f"Griffin-Lim, {asked.rounds} rounds": griffin_lim(mel, asked.rounds)}
    ways |= {
        f"{address}, {weights(model):,} weights": vocoder(model)
        for address, model in zip(asked.model, models, strict=True)
    }
    takes, words = takes_of(asked.data / "test.parquet", mel, asked.count)
    reader = Reader(*takes_of(asked.data / "train.parquet", mel, asked.taught), mel.options.rate)
    print(f"{len(takes)} takes of {mel.options.rate} Hz; {mel.mel.settings.values}")
    print("| way | PESQ | lowest | STOI | words right | variance | x real time |")
    print("|---|---|---|---|---|---|---|")
    print(f"| recordings | - | - | - | {reader.right(takes, words):.3f} | 1 | - |")
    sounds = joined(takes, round(asked.seconds * mel.options.rate))
    for name, way in ways.items():
        said = reader.right([through(mel, way, take) for take in takes], words)
        print(measured(mel, way, sounds).line(name, said), flush=True)


@dataclass(frozen=True)
class Measured:
    """What is measured of one way over all sounds."""

    pesq: list[float]
    stoi: list[float]
    variance: float
    speed: float

    def line(self, name: str, right: float) -> str:
        """A row of the table."""
        return (
            f"| {name} | {np.mean(self.pesq):.3f} | {min(self.pesq):.2f} | "
            f"{np.mean(self.stoi):.4f} | {right:.3f} | {self.variance:.3f} | {self.speed:.0f} |"
        )


def measured(mel: LogMelModality, way: Way, sounds: Sequence[Wave]) -> Measured:
    """Measure one way on joined sounds."""
    pesq, stoi = scores()
    rate, found, spent, made_seconds = mel.options.rate, [], 0.0, 0.0
    for sound in sounds:
        canvas = canvas_of(mel, sound)
        began = time.process_time()
        wave = way(canvas)
        spent += time.process_time() - began
        made_seconds += len(wave) / rate
        real = np.pad(sound, (0, max(0, len(wave) - len(sound))))[: len(wave)]
        found.append((pesq(rate, real, wave, "nb"), stoi(real, wave, rate), spread(wave, real)))
    qualities, heard, spreads = zip(*found, strict=True)
    return Measured(list(qualities), list(heard), float(np.mean(spreads)), made_seconds / spent)


def scores() -> tuple[Callable[..., float], Callable[..., float]]:
    """PESQ and STOI."""
    try:
        from pesq import pesq  # type: ignore[import-not-found,unused-ignore]
        from pystoi import stoi  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        sys.exit(f"{error}: pip install pesq pystoi")
    return pesq, stoi


def spread(made: Wave, real: Wave) -> float:
    """The variance of the log spectrum over frames, meaned over bins, as a share of the real."""

    def of(wave: Wave) -> float:
        window = torch.hann_window(256)
        sound = torch.from_numpy(wave)
        power = torch.stft(sound, 256, 64, window=window, return_complex=True).abs().square()
        return float((10 * power.clamp_min(1e-6).log10()).var(1).mean())

    return of(made) / of(real)


class Reader:
    """Reads words by a support vector machine on MFCCs, which saw recordings alone."""

    def __init__(self, takes: Sequence[Wave], words: Sequence[int], rate: int) -> None:
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVC

        self.rate = rate
        self.machine = make_pipeline(StandardScaler(), SVC(C=10))
        self.machine.fit(np.stack([self.features(take) for take in takes]), list(words))

    def right(self, takes: Sequence[Wave], words: Sequence[int]) -> float:
        """The share of words that it gets right."""
        said = self.machine.predict(np.stack([self.features(take) for take in takes]))
        return float(np.mean([one == other for one, other in zip(said, words, strict=True)]))

    def features(self, take: Wave) -> Wave:
        """MFCCs over as many stretches of every take, without the silence at its ends."""
        import librosa

        heard, _ = librosa.effects.trim(take, top_db=40, frame_length=256, hop_length=64)
        found = librosa.feature.mfcc(
            y=heard, sr=self.rate, n_mfcc=COEFFICIENTS, n_fft=256, hop_length=64, n_mels=40
        )
        at = np.linspace(0, found.shape[1] - 1, PIECES)
        frames = np.arange(found.shape[1])
        return np.stack([np.interp(at, frames, one) for one in found]).ravel().astype(np.float32)


def mel_of(model: Model) -> LogMelModality:
    """The modality of the canvases that a vocoder is given."""
    (name,) = model.given
    modality = model.gan.modalities[name]
    if not isinstance(modality, LogMelModality):
        sys.exit(f"{model.name} is given {modality.kind}, and no log-mel canvas")
    return modality


def vocoder(model: Model) -> Way:
    """The way of a trained model: its networks on a canvas of any length."""
    (given,), (made,) = list(model.given), list(model.gan.generators)
    gan = model.gan.eval()

    @torch.no_grad()
    def way(canvas: Tensor) -> Wave:
        encodings = {given: gan.encoder(given).of_sample(canvas)}
        present = {given: torch.ones(1, dtype=torch.bool)}
        condition = gan.conditions(encodings, present, like=canvas)[made]
        noise = torch.zeros(1, gan.generator(made).noise_dim)
        found: Wave = gan.generator(made)(noise, condition)[0, 0].clamp(-1, 1).numpy()
        return found

    way(torch.zeros(1, *mel_of(model).space.shape))  # the first call prepares
    return way


def griffin_lim(mel: LogMelModality, rounds: int) -> Way:
    """The way of Griffin-Lim."""

    def way(canvas: Tensor) -> Wave:
        found: Wave = mel.scale.waves(mel.mel.decibels(canvas[:, 0]), steps=rounds)[0].numpy()
        return found

    return way


def canvas_of(mel: LogMelModality, sound: Wave) -> Tensor:
    """The canvas of a sound as it is, without scaling it, (1, 1, bands, frames)."""
    length = -(-len(sound) // mel.options.hop) * mel.options.hop
    whole = torch.from_numpy(np.pad(sound, (0, length - len(sound))))[None]
    return mel.mel.canvas(mel.scale.decibels(whole)).half().float()[:, None]


def through(mel: LogMelModality, way: Way, take: Wave) -> Wave:
    """A take, made a canvas and audible again, as long as it was."""
    return way(canvas_of(mel, take))[: len(take)]


def takes_of(file: Path, mel: LogMelModality, count: int) -> tuple[list[Wave], list[int]]:
    """The first takes of a file, each scaled to its peak, and the number of each one's word."""
    rows = read_table(file, columns=["audio", "label"]).slice(0, count).to_pydict()
    sounds = [mel.decode(value).samples for value in rows["audio"]]
    return [mel.scaled(sound) for sound in sounds], rows["label"]


def joined(takes: Sequence[Wave], length: int) -> list[Wave]:
    """Takes one after another, in sounds of at least so many samples."""
    found: list[list[Wave]] = [[]]
    for take in takes:
        found[-1].append(take)
        if sum(map(len, found[-1])) >= length:
            found.append([])
    return [np.concatenate(one) for one in found if sum(map(len, one)) >= length]


def weights(model: Model) -> int:
    """The weights that make samples."""
    networks = itertools.chain(model.gan.generators.values(), model.gan.encoders.values())
    return sum(p.numel() for network in networks for p in network.parameters())


if __name__ == "__main__":
    main()
