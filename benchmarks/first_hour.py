"""Whether the recipe that `init` writes is good for a first hour: three data sets, defaults alone.

    python benchmarks/first_hour.py --data data --minutes 10

For each data set a folder is written as a new user has it: emoji in a folder for each group, of odd
sizes, grey and with alpha among them (a); 10,000 handwritten digits in class folders (b); spoken
digits as WAV files beside a table with two columns of labels (c). Then, in processes of their own:

    mmgan-zoo init NAME.yaml --data folder:NAME --minutes 10
    mmgan-zoo train NAME.yaml --cpu

The model then makes equally many samples of each class. A support vector machine on principal
components of the pixels, or of the log-mel spectrogram, which saw the written folder alone, reads
the class of real test samples and of the made ones. `evaluate` is timed last: most of it is the
training of the evaluator.

"Within" is the mean standard deviation of a number of a made sample within its class, beside that
of real test samples: a model that makes the same sample again and again has 0.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import first_hour_data as data

SIDE = 28
RATE, SECONDS = 8_000, 0.7
EACH = 60
Arrays = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Task:
    """One data set: its pack, what is made, and the given entry whose value is read back."""

    key: str
    name: str
    pack: str
    made: str
    given: str


TASKS = (
    Task("a", "emoji", "emoji-captions", "image", "label"),
    Task("b", "digits", "handwritten-digits", "image", "label"),
    Task("c", "speech", "spoken-digits", "audio", "word"),
)
WRITE = {"a": data.write_emoji, "b": data.write_digits, "c": data.write_speech}


def main() -> None:
    """Print a line for each data set."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, required=True, help="the folder of the packs")
    options.add_argument("--work", type=Path, default=Path("first-hour"), help="a new folder")
    options.add_argument("--only", nargs="+", choices=[task.key for task in TASKS])
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--each", type=int, default=EACH, help="made samples of each class")
    options.add_argument("--read-alone", action="store_true", help="read runs that are there")
    asked = options.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    head = ("data", "real", "made", "ratio", "within", "first sheet", "train", "evaluator share")
    print(("{:>12}" * len(head)).format(*head))
    for task in TASKS:
        if asked.only and task.key not in asked.only:
            continue
        folder = (asked.work / task.name).resolve()
        if not folder.exists():
            WRITE[task.key](asked.data / task.pack, folder)
        times = ("-", "-", "-") if asked.read_alone else _trained(task, asked.work, asked.minutes)
        real, made, within = _read(task, folder, asked.data / task.pack, asked.work, asked.each)
        cells = (f"{real:.3f}", f"{made:.3f}", f"{made / real:.3f}", f"{within:.2f}", *times)
        print(("{:>12}" * len(head)).format(task.name, *cells), flush=True)


def _trained(task: Task, work: Path, minutes: float) -> tuple[str, str, str]:
    """Write the recipe, train and evaluate: seconds to the first sheet, of training, a share."""
    zoo = [sys.executable, "-m", "mmgan_core.cli.main"]
    file = f"{task.name}.yaml"
    init = ["init", file, "--data", f"folder:{task.name}", "--force", "--minutes", f"{minutes:g}"]
    subprocess.run([*zoo, *init], cwd=work, check=True, stdout=sys.stderr)
    run = work / "runs" / task.name
    began = time.time()
    subprocess.run([*zoo, "train", file, "--cpu"], cwd=work, check=True, stdout=sys.stderr)
    trained = time.time() - began
    sheets = sorted((run / "samples").glob("*.png"))
    first = sheets[0].stat().st_mtime - began
    began = time.time()
    subprocess.run([*zoo, "evaluate", f"runs/{task.name}"], cwd=work, check=True, stdout=sys.stderr)
    evaluated = time.time() - began
    return f"{first:.0f} s", f"{trained:.0f} s", f"{evaluated / (trained + evaluated):.2f}"


def _read(
    task: Task, folder: Path, pack: Path, work: Path, each: int
) -> tuple[float, float, float]:
    """How often the class of real and of made samples is read right; the spread within classes."""
    import mmgan_core as mmgan

    train, train_names = _training(task, folder)
    test, test_names = _testing(task, pack)
    classes = sorted(set(train_names))
    reader = _classifier(train, np.array(train_names))
    model = mmgan.load(f"run:{work / 'runs' / task.name}")
    asked = [name for name in classes for _ in range(each)]
    samples = getattr(model.generate(**{task.given: asked}, seed=0), task.made)
    made = np.stack([_numbers(task, value) for value in samples])
    real = float((reader.predict(test) == np.array(test_names)).mean())
    right = float((reader.predict(made) == np.array(asked)).mean())
    within = _within(made, np.array(asked)) / _within(test, np.array(test_names))
    return real, right, within


def _classifier(samples: Arrays, names: npt.NDArray[np.str_]) -> object:
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC

    reader = make_pipeline(PCA(48, whiten=True, random_state=0), SVC(C=4.0))
    return reader.fit(samples, names)


def _within(samples: Arrays, names: npt.NDArray[np.str_]) -> float:
    return float(np.mean([samples[names == name].std(axis=0).mean() for name in set(names)]))


def _training(task: Task, folder: Path) -> tuple[Arrays, list[str]]:
    if task.made == "audio":
        import csv

        with (folder / "metadata.csv").open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        values: list[object] = [folder / row["file_name"] for row in rows]
        return np.stack([_numbers(task, v) for v in values]), [row[task.given] for row in rows]
    files = list(data.files_of(folder, "png"))
    return np.stack([_numbers(task, file) for file in files]), [file.parent.name for file in files]


def _testing(task: Task, pack: Path) -> tuple[Arrays, list[str]]:
    rows = data.rows(pack, "test")[:2_000]
    values = [data.bytes_of(row[task.made]) for row in rows]
    if task.key == "a":
        names = [str(row["group"]) for row in rows]
    else:
        names = [data.WORDS[int(str(row["label"]))] for row in rows]
    return np.stack([_numbers(task, value) for value in values]), names


def _numbers(task: Task, value: object) -> Arrays:
    """A sample as the classifier reads it: small pixels, or a log-mel spectrogram."""
    if task.made == "image":
        from mmgan_image.modality.picture import decode_picture

        picture = decode_picture(value)
        if task.key == "a":
            flat = Image.new("RGBA", picture.size, "white")
            flat.alpha_composite(picture.convert("RGBA"))
            picture = flat.convert("RGB")
        else:
            picture = picture.convert("L")
        small = picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        return np.asarray(small, np.float32).ravel() / 255
    from mmgan_audio.mel_scale import MelScale
    from mmgan_audio.waveform import decode_waveform, fitted, to_peak

    wave = decode_waveform(value, rate=RATE, max_seconds=30.0)
    import torch

    samples = fitted(to_peak(wave.samples, 0.95), int(RATE * SECONDS))
    scale = MelScale(RATE, 256, 128, 32, 0.0, RATE / 2)
    found = scale.decibels(torch.from_numpy(samples)[None]).clamp(-80, 0)
    return np.asarray(found, np.float32).ravel() / 80


if __name__ == "__main__":
    main()
