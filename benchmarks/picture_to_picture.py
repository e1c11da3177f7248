"""How near pictures made from pictures come to the real ones, beside simpler ways.

    mmgan-zoo train emoji-superres --cpu
    python benchmarks/picture_to_picture.py runs/emoji-superres

The test pictures are given as the recipe gives them: small, grey, or their edges. PSNR is that of
each picture's levels, averaged over pictures. The distance is made like LPIPS (Zhang et al. 2018,
https://arxiv.org/abs/1801.03924): the features of each level of the recipe's evaluator, which saw
real pictures alone, scaled to length 1 at each place; the mean of their squared differences over
the places, summed over the levels. Smaller is nearer. The ways:

- what is given, enlarged bicubically, its grey copied to every channel;
- the nearest neighbour: the training picture whose given picture is nearest to what is given;
- a plain pix2pix (Isola et al. 2017, https://arxiv.org/abs/1611.07004) in one loop: a U-Net of
  strided convolutions and batch normalisation about as large as the model's generator, a patch
  discriminator, cross entropy and 100 L1, mirrored pictures, Adam at 2e-4, batches of 16. It trains
  for as much processor time as the recipe's steps take, which is measured first.
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, interpolate, normalize

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import Encoder, Modality
from mmgan_core.data.feed import Feed, open_splits
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer
from mmgan_core.zoo.loading import load_run

CPU = torch.device("cpu")
CHUNK, BATCH, TIMED = 512, 16, 8


def main() -> None:
    """Print a table, and write a sheet of the first pictures made in each way."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("run", type=Path)
    options.add_argument("--count", type=int, default=574, help="test pictures")
    options.add_argument("--entry", default="image", help="the made entry")
    options.add_argument("--evaluator-samples", type=int, help="default: as the recipe says")
    options.add_argument("--seconds", type=float, help="of pix2pix; default: as long as the model")
    options.add_argument("--sheet", type=Path, help="a PNG: a row for each way")
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
    model = load_run(asked.run, device=CPU)
    (name,) = model.given
    modality, of_given = model.gan.modalities[asked.entry], model.gan.modalities[name]
    test, train = open_splits(model.blueprint, model.gan)
    rows = test.rows(0, min(asked.count, len(test)))
    values = test.raw(name, rows)
    given = of_given.to_sample(of_given.prepare(values))
    real = modality.to_sample(modality.prepare(test.raw(asked.entry, rows)))
    seconds = asked.seconds or seconds_of(model.blueprint.recipe, model.samples)
    pictures = {
        entry: training_pictures(train, model.gan.modalities[entry], entry)
        for entry in (name, asked.entry)
    }
    weights = sum(p.numel() for p in model.gan.generator(asked.entry).parameters())
    pix2pix = Pix2Pix(given.shape[1], real.shape[1], weights, asked.seed)
    ways: dict[str, Callable[[], Tensor]] = {
        "the model": lambda: model.generate(seed=asked.seed, **{name: values}).tensors[asked.entry],
        "what is given, enlarged": lambda: enlarged(given, of_given, real),
        "the nearest neighbour in the training split": lambda: nearest(
            given, pictures[name], pictures[asked.entry]
        ),
        f"plain pix2pix, {pix2pix.size():,} weights": lambda: pix2pix.taught(
            pictures[name], pictures[asked.entry], seconds
        )(given),
        "real": lambda: real,
    }
    choice = model.blueprint.recipe.make[asked.entry].evaluator
    assert choice is not None, "the recipe needs an evaluator, whose features measure distances"
    if asked.evaluator_samples:
        choice = choice.model_copy(update={"samples": asked.evaluator_samples})
    encoder = EvaluatedEntry(model, asked.entry, choice, test, train).evaluator.encoder
    print(
        f"{len(real)} test pictures, seed {asked.seed}; the model: {model.samples:,} samples, "
        f"{weights:,} weights; pix2pix: {seconds:.0f} s\n"
    )
    print("| made by | PSNR (dB) | distance |\n| --- | --- | --- |")
    shown = []
    for way, make in ways.items():
        made = make().clamp(-1, 1)
        print(f"| {way} | {psnr(made, real):.2f} | {distance(encoder, made, real):.4f} |")
        shown.append(made)
    if asked.sheet:
        write_sheet(modality, shown, asked.sheet)


def psnr(made: Tensor, real: Tensor) -> float:
    """The mean over pictures of 10 log10(range^2 / mean squared difference); at most 99 dB."""
    error = (made - real).square().flatten(1).mean(1)
    return float((10 * torch.log10(4 / error)).clamp(max=99).mean())


@torch.no_grad()
def distance(encoder: Encoder, made: Tensor, real: Tensor) -> float:
    """The distance of made pictures to the real ones in the features of an encoder's levels."""
    total = 0.0
    for one, other in zip(made.split(64), real.split(64), strict=True):
        for ours, theirs in zip(levels(encoder, one), levels(encoder, other), strict=True):
            apart = (normalize(ours, dim=1) - normalize(theirs, dim=1)).square().sum(1)
            total += float(apart.mean((1, 2)).sum())
    return total / len(real)


def levels(encoder: Encoder, pictures: Tensor) -> list[Tensor]:
    """The features after each activation of `image/conv`."""
    blocks, found = encoder.blocks, []
    assert isinstance(blocks, nn.Sequential), "image/conv is the evaluator whose levels are known"
    for block in blocks:
        pictures = block(pictures)
        if isinstance(block, nn.SiLU):
            found.append(pictures)
    return found


def enlarged(given: Tensor, modality: Modality, real: Tensor) -> Tensor:
    """What is given at the size and with the channels of the real pictures, by Pillow."""
    height, width = real.shape[2:]
    mode = {1: "L", 3: "RGB"}[real.shape[1]]
    found = []
    for picture in modality.present(given):
        assert isinstance(picture, Image.Image)
        sized = picture.convert(mode).resize((width, height), Image.Resampling.BICUBIC)
        levels_of = torch.frombuffer(bytearray(sized.tobytes()), dtype=torch.uint8)
        found.append(levels_of.view(height, width, -1).permute(2, 0, 1).float() / 127.5 - 1)
    return torch.stack(found)


def training_pictures(train: Feed, modality: Modality, entry: str) -> Tensor:
    """Every training sample of an entry, given or made, (N, C, H, W)."""
    found = []
    for start in range(0, len(train), CHUNK):
        rows = train.rows(start, min(CHUNK, len(train) - start))
        found.append(modality.to_sample(modality.prepare(train.raw(entry, rows))))
    return torch.cat(found)


def nearest(given: Tensor, shown: Tensor, real: Tensor) -> Tensor:
    """The training pictures ``real`` of which the given pictures ``shown`` are nearest."""
    return real[torch.cdist(given.flatten(1), shown.flatten(1)).argmin(1)]


def seconds_of(recipe: object, samples: int) -> float:
    """The processor time of a recipe's training, from the mean of some steps."""
    blueprint, _ = open_recipe(recipe)  # type: ignore[arg-type]
    networks = Networks(blueprint)
    train = open_splits(blueprint, networks.gan)[1]
    trainer = Trainer(blueprint, networks, train, Processes(cpu=True))
    trainer.train_step()
    start = time.process_time()
    for _ in range(TIMED):
        trainer.train_step()
    a_step = (time.process_time() - start) / TIMED
    return a_step * samples / trainer.recipe.train.batch_size


class Pix2Pix(nn.Module):
    """A plain pix2pix: given pictures (B, C, H, W) to pictures (B, K, H', W')."""

    def __init__(self, given: int, made: int, weights: int, seed: int) -> None:
        """``weights``: about how many the generator is to have."""
        super().__init__()
        torch.manual_seed(seed)
        width = 4
        while self._built(given, made, width + 1) <= weights:
            width += 1
        self._built(given, made, width)
        self.discriminator = nn.Sequential(
            nn.Conv2d(given + made, 16, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(16, 32, 4, 2, 1, bias=False),
            nn.BatchNorm2d(32),
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 64, 4, 1, 1, bias=False),
            nn.BatchNorm2d(64),
            nn.LeakyReLU(0.2),
            nn.Conv2d(64, 1, 4, 1, 1),
        )
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(layer.weight, std=0.02)

    def _built(self, given: int, made: int, width: int) -> int:
        widths = [width, 2 * width, 4 * width, 8 * width]
        self.down = nn.ModuleList(
            nn.Sequential(
                nn.LeakyReLU(0.2) if number else nn.Identity(),
                nn.Conv2d(one, wide, 4, 2, 1),
                nn.BatchNorm2d(wide) if number else nn.Identity(),
            )
            for number, (one, wide) in enumerate(itertools.pairwise([given, *widths]))
        )
        up = [(8 * width, 4 * width), (8 * width, 2 * width), (4 * width, width), (2 * width, made)]
        self.up = nn.ModuleList(
            nn.Sequential(
                nn.ReLU(),
                nn.ConvTranspose2d(one, wide, 4, 2, 1),
                nn.BatchNorm2d(wide) if number < 3 else nn.Tanh(),
            )
            for number, (one, wide) in enumerate(up)
        )
        return self.size()

    def size(self) -> int:
        """The weights of the generator."""
        return sum(p.numel() for p in [*self.down.parameters(), *self.up.parameters()])

    def make(self, given: Tensor) -> Tensor:
        """Make pictures from given ones, which already have their size."""
        skips, maps = [], given
        for layer in self.down:
            maps = layer(maps)
            skips.append(maps)
        for number, layer in enumerate(self.up):
            maps = layer(torch.cat([maps, skips[-1 - number]], dim=1) if number else maps)
        return maps

    def taught(self, given: Tensor, real: Tensor, seconds: float) -> Callable[[Tensor], Tensor]:
        """Train for so much processor time, and return what makes pictures from given ones."""
        size = (real.shape[2], real.shape[3])
        makers = [*self.down.parameters(), *self.up.parameters()]
        of_makers, of_judge = (
            torch.optim.Adam(weights, lr=2e-4, betas=(0.5, 0.999))
            for weights in (makers, self.discriminator.parameters())
        )
        start, steps = time.process_time(), 0
        while time.process_time() - start < seconds:
            rows = torch.randint(len(real), (BATCH,))
            flip = (torch.rand(BATCH) < 0.5).view(-1, 1, 1, 1)
            shown, wanted = (torch.where(flip, x[rows].flip(3), x[rows]) for x in (given, real))
            shown = interpolate(shown, size, mode="bilinear")
            made = self.make(shown)
            of_real = self.discriminator(torch.cat([shown, wanted], 1))
            of_made = self.discriminator(torch.cat([shown, made.detach()], 1))
            judged = (towards(of_real, 1) + towards(of_made, 0)) / 2
            _step(of_judge, judged)
            of_made = self.discriminator(torch.cat([shown, made], 1))
            _step(of_makers, towards(of_made, 1) + 100 * (made - wanted).abs().mean())
            steps += 1
        print(f"<!-- pix2pix: {steps:,} steps, {steps * BATCH:,} samples -->")
        self.eval()

        @torch.no_grad()
        def made_of(asked: Tensor) -> Tensor:
            whole = interpolate(asked, size, mode="bilinear")
            return torch.cat([self.make(part) for part in whole.split(64)])

        return made_of


def towards(logits: Tensor, label: float) -> Tensor:
    """Cross entropy with one label for all."""
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def _step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def write_sheet(modality: Modality, shown: Sequence[Tensor], file: Path, most: int = 10) -> None:
    """A row for each way, a column for each of the first pictures."""
    rows = [modality.present(pictures[:most]) for pictures in shown]
    cells = [[modality.render(picture) for picture in row] for row in rows]
    width, height = cells[0][0].size
    sheet = Image.new("RGB", (width * len(cells[0]), height * math.ceil(len(cells))), "white")
    for y, row in enumerate(cells):
        for x, cell in enumerate(row):
            sheet.paste(cell, (x * width, y * height))
    sheet.save(file)


if __name__ == "__main__":
    main()
