"""How well encoders read words from sounds after the same time, and voices that they never heard.

    python benchmarks/read_sounds.py --seconds 60
    python benchmarks/read_sounds.py --encoder audio/mel-conv --seconds 30 --leave-out speaker

Each encoder gets a linear head and learns the training split by cross-entropy (AdamW) for so many
seconds of CPU time on one core; the learning rate falls to 0 along a cosine of that time. Preparing
the sounds is not counted. It then reads the test split.

With ``--leave-out COLUMN`` a network is trained for each value of the column, on training rows that
do not have it, and reads all rows that do, of both splits: voices that it never heard. Nothing is
chosen by what it reads there.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.assembly.opening import open_source
from mmgan_core.components.condition_accuracy import wilson
from mmgan_core.contracts import Encoder, Table

BATCH, RATE = 48, 3e-3
ENCODERS = ("audio/mel-conv", "audio/transformer", "audio/wave-conv")
Prepared = Mapping[str, Tensor]


class Reader(nn.Module):
    """An encoder with a linear head."""

    def __init__(self, encoder: Encoder, classes: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.dim, classes)

    def forward(self, prepared: Prepared) -> Tensor:
        """Logits, (B, classes)."""
        logits: Tensor = self.head(self.encoder(prepared).pooled)
        return logits


def main() -> None:
    """Print a table with a row for each encoder, or for each value that is left out."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", default="parquet:data/spoken-digits")
    options.add_argument("--encoder", action="append", help=f"default: {', '.join(ENCODERS)}")
    options.add_argument("--target", default="label", help="the column that is read")
    options.add_argument("--leave-out", default="", help="a column, such as speaker")
    options.add_argument(
        "--seconds", type=float, default=60.0, help="of CPU time, for each network"
    )
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    train, test = (open_source({"use": asked.data}).tables(split)[0] for split in ("train", "test"))
    print(
        f"{asked.target} from {asked.data}; {asked.seconds:g} s of CPU time each; seed {asked.seed}"
    )
    print("| encoder | weights | never heard | read right | 95 % | n |\n|" + 6 * " --- |")
    for name in asked.encoder or ENCODERS:
        part = chosen_part("encoder", name, {}, "encoder")
        modality = chosen_part("modality", "audio/audio", {}, "modality").build()
        encoder = part.build(modality)
        heard = [prepared(encoder, table) for table in (train, test)]
        words = [column(table, asked.target) for table in (train, test)]
        names = sorted(set(words[0]))
        sounds = {key: torch.cat([one[key] for one in heard]) for key in heard[0]}
        target = torch.tensor([names.index(word) for word in [*words[0], *words[1]]])
        learned = torch.arange(len(target)) < len(train)
        voices = [*column(train, asked.leave_out), *column(test, asked.leave_out)]
        for voice in sorted(set(voices)):
            unheard = torch.tensor([bool(voice) and other == voice for other in voices])
            torch.manual_seed(asked.seed)
            reader = Reader(part.build(modality), len(names))
            learn(
                reader,
                chosen(sounds, learned & ~unheard),
                target[learned & ~unheard],
                asked.seconds,
            )
            asked_of = unheard if voice else ~learned
            right = int((read(reader, chosen(sounds, asked_of)) == target[asked_of]).sum())
            count = int(asked_of.sum())
            low, high = wilson(right, count)
            weights = sum(weight.numel() for weight in reader.parameters())
            cells = (
                name,
                f"{weights:,}",
                voice,
                f"{right / count:.3f}",
                f"{low:.3f}-{high:.3f}",
                count,
            )
            print(f"| {' | '.join(map(str, cells))} |", flush=True)


def prepared(encoder: Encoder, table: Table) -> Prepared:
    """All sounds of a table."""
    return encoder.prepare(table.values("audio", range(len(table))))


def column(table: Table, name: str) -> list[str]:
    """A column as strings; empty ones without a name."""
    rows = range(len(table))
    return [str(value) for value in table.values(name, rows)] if name else ["" for _ in rows]


def chosen(sounds: Prepared, rows: Tensor) -> Prepared:
    """Some rows."""
    return {name: tensor[rows] for name, tensor in sounds.items()}


def learn(reader: Reader, sounds: Prepared, target: Tensor, seconds: float) -> None:
    """Teach a reader for so many seconds of CPU time."""
    optimiser = torch.optim.AdamW(reader.parameters(), RATE, weight_decay=0.01)
    begun = time.process_time()
    reader.train()
    while (share := (time.process_time() - begun) / seconds) < 1:
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, 20 * share + 0.05) * (1 + math.cos(math.pi * share)) / 2
        rows = torch.randint(len(target), (BATCH,))
        optimiser.zero_grad()
        F.cross_entropy(reader(chosen(sounds, rows)), target[rows]).backward()
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimiser.step()
    reader.eval()


@torch.no_grad()
def read(reader: Reader, sounds: Prepared) -> Tensor:
    """The classes that a reader reads, (N,)."""
    count = len(next(iter(sounds.values())))
    parts = torch.arange(count).split(256)
    return torch.cat([reader(chosen(sounds, rows)).argmax(1) for rows in parts])


if __name__ == "__main__":
    main()
