"""Stacked digits: how many of a thousand modes an unconditional GAN makes.

    python benchmarks/stacked_digits.py                  # 40 minutes on one CPU core
    python benchmarks/stacked_digits.py --run runs/hinge --set make.image.loss=objectives/hinge

Three handwritten digits as the three colours of a picture make 1,000 modes, which are about as
frequent: Metz et al. 2017, "Unrolled generative adversarial networks",
https://arxiv.org/abs/1611.02163; Lin et al. 2018, "PacGAN", https://arxiv.org/abs/1712.04086. An
evaluator that was trained on single real digits reads each colour of a picture. KL is the
divergence of the modes' shares from equal shares, in nats. A run that exists is resumed.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from PIL import Image
from torch import Tensor

from mmgan_core.assembly.opening import open_source
from mmgan_core.assembly.parts import Part
from mmgan_core.contracts import Modality, Table
from mmgan_core.evaluation.evaluator import Evaluator, Lesson, trained_evaluator
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.reading import dump, parse_override, read_recipe
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import load_run
from mmgan_image.modality.image_modality import ImageModality, ImageOptions
from mmgan_image.networks.conv_encoder import ConvEncoder, ConvEncoderOptions

COLOURS, CHUNK = 3, 1_024


def stacked(table: Table, digit: Modality, count: int, seed: int) -> Tensor:
    """Pictures of random digits as bytes, (N, 3, H, W)."""
    digits = digit.prepare(table.values("image", range(len(table))))[:, 0]
    picks = np.random.default_rng(seed).integers(len(digits), size=(count, COLOURS))
    return digits[torch.from_numpy(picks)]


def write(pictures: Tensor, file: Path) -> None:
    """Write pictures to a Parquet file of PNGs, unless it exists."""
    if file.is_file():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".partial")
    schema = pa.schema([("image", pa.binary())])
    with pq.ParquetWriter(beside, schema) as writer:
        for some in pictures.split(CHUNK):
            encoded = [_png(picture) for picture in some.permute(0, 2, 3, 1).numpy()]
            writer.write_table(pa.table({"image": encoded}, schema))
    beside.rename(file)


def _png(picture: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def recipe_of(data: Path, size: int, options: argparse.Namespace) -> dict[str, Any]:
    """The recipe `digits-unconditional`, wider and in colour."""
    over = {"over": options.samples}
    penalties = [
        {"use": f"objectives/{name}", "weight": {"from": 0.5, "to": 0.05, **over}, "every": 4}
        for name in ("r1", "r2")
    ]
    network = {"use": "image/dcgan", "width": options.width}
    return {
        "name": "stacked-digits",
        "data": f"parquet:{data}",
        "make": {
            "image": {
                "modality": {"channels": COLOURS, "height": size, "width": size},
                "generator": {**network, "noise_dim": options.noise},
                "discriminator": {**network, "normalise": False},
                "loss": "objectives/relativistic",
                "penalties": penalties,
            }
        },
        "train": {
            "samples": options.samples,
            "batch_size": 64,
            "ema": {"half_life": 5_000},
            "learning_rate": {"from": 1e-3, "to": 1e-4, **over},
            "sample_every": 25_000,
            "checkpoint_every": 10_000,
        },
        "seed": options.seed,
    }


def modes_of(evaluator: Evaluator, digit: Modality, pictures: Tensor) -> Tensor:
    """The number of the mode that each sample (N, 3, H, W) shows, (N,)."""
    found, classes = [], len(evaluator.names)
    for some in pictures.split(CHUNK):
        values = digit.present(some.flatten(0, 1)[:, None])
        found.append(evaluator.read(values, [None] * len(values)).predicted.view(-1, COLOURS))
    return torch.cat(found) @ torch.tensor([classes**2, classes, 1])


def modes_and_divergence(modes: Tensor, every: int) -> tuple[int, float]:
    """The number of ``every`` modes that occur, and the divergence of their shares."""
    shares = torch.bincount(modes, minlength=every).double() / len(modes)
    shares = shares[shares > 0]
    return len(shares), float((shares * (shares * every).log()).sum())


def made(run: Path, count: int) -> Tensor:
    """Samples of the newest checkpoint, (N, 3, H, W)."""
    model = load_run(run, device=torch.device("cpu"))
    return torch.cat(
        [
            model.generate(count=min(CHUNK, count - start), seed=start).tensors["image"]
            for start in range(0, count, CHUNK)
        ]
    )


def asked() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="data/handwritten-digits", help="Parquet: image, label")
    parser.add_argument("--run", type=Path, default=Path("runs/stacked-digits"))
    parser.add_argument(
        "--stacked", type=Path, help="where the data are written; default: RUN-data"
    )
    parser.add_argument("--rows", type=int, default=60_000, help="stacked pictures to train on")
    parser.add_argument("--size", type=int, default=28, help="pixels a side")
    parser.add_argument("--samples", type=int, default=300_000)
    parser.add_argument("--width", type=int, default=24)
    parser.add_argument("--noise", type=int, default=64)
    parser.add_argument("--count", type=int, default=25_600, help="samples whose modes are counted")
    parser.add_argument("--evaluator-samples", type=int, default=200_000)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change the recipe, as `mmgan-zoo train` does",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Stack digits, train, make samples, read their digits, and count modes."""
    options = asked()
    torch.set_num_threads(options.threads)
    digit = ImageModality(ImageOptions(channels=1, height=options.size, width=options.size))
    source = open_source({"use": f"parquet:{options.data}"})
    singles = {split: source.tables(split) for split in ("train", "test")}
    spec = catalogue().get("encoder", "image/conv")
    part = Part(spec, ConvEncoder, ConvEncoderOptions(dim=64), "evaluator")
    lesson = Lesson("image", "label", options.evaluator_samples)
    evaluator = trained_evaluator(part, digit, lesson, singles["train"], singles["test"])
    folder = options.stacked or options.run.with_name(f"{options.run.name}-data")
    folder /= f"{options.rows}-of-{options.size}-pixels-seed-{options.seed}"
    write(stacked(singles["train"][0], digit, options.rows, options.seed), folder / "train.parquet")
    real = stacked(singles["test"][0], digit, options.count, options.seed + 1)
    write(real[:CHUNK], folder / "test.parquet")
    file = folder / "recipe.yaml"
    file.write_text(dump(recipe_of(folder, options.size, options)), encoding="utf-8")
    recipe = read_recipe(file, dict(parse_override(text, flag="--set") for text in options.set))
    ended = train(recipe, options.run, resume=(options.run / "resolved.yaml").is_file(), cpu=True)
    if ended.outcome != "finished":
        raise SystemExit("stopped: the same command resumes it")
    every = len(evaluator.names) ** COLOURS
    shown = {
        f"made, {ended.samples:,} samples trained": made(options.run, options.count),
        "real, of test digits": digit.to_sample(real),
    }
    print(f"| {every:,} modes | found | KL | n |\n| --- | --- | --- | --- |")
    for name, pictures in shown.items():
        found, divergence = modes_and_divergence(modes_of(evaluator, digit, pictures), every)
        print(f"| {name} | {found:,} | {divergence:.3f} | {len(pictures):,} |")
    print(f"\nThe evaluator reads {evaluator.accuracy:.1%} of single real test digits right.")


if __name__ == "__main__":
    main()
