"""How an evaluation network learns: one cycle of rates, until it has learned or its time is over.

The rates follow one cycle (Smith and Topin 2019, https://arxiv.org/abs/1708.07120). A recipe may
say how long it is. Otherwise the size of the data does, and some rows are held back: once the loss
on them gets no lower, what is left of the cycle is run through fast, so that the network still ends
with small rates; the best network that was tested is kept. Time that runs out shortens the cycle in
the same way, as does no other cause: without a limit the same data give the same network.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from mmgan_core.data.pairing import Rows
from mmgan_core.foundation.checksums import checksum
from mmgan_core.foundation.files import atomically
from mmgan_core.foundation.plain import Plain
from mmgan_core.foundation.progress import console, note_once, progress
from mmgan_core.runs.checkpoint import flat_optimizer, restore_optimizer

SEED = 7_919
# The cycle that the data's size sets: so many times all rows, within these.
EPOCHS, FEWEST, MOST = 40, 6_400, 150_000
TESTS, PATIENCE, LOWER = 20, 3, 0.02
HELD, HELD_OF = 1_000, 10
# The share of the training's time that evaluation networks may take, and the least for each.
SHARE, LEAST_SECONDS = 0.2, 20.0
SAVE_SECONDS = 5.0


@dataclass(frozen=True)
class Learned:
    """How a network's lesson ended.

    Attributes:
        samples: how many samples it was trained on.
        seconds: how long that took.
        ended: ``whole``, ``learned`` (its tests got no better) or ``time``.
    """

    samples: int
    seconds: float
    ended: str


@dataclass(frozen=True)
class Split:
    """The rows that a network is trained on, and those that are held back to test it."""

    rows: Rows
    held: Rows


def seconds_for(training: float | None, networks: int) -> float | None:
    """Return how long each of so many networks may learn after a training of so many seconds."""
    if training is None:
        return None
    return max(LEAST_SECONDS, SHARE * training / max(1, networks))


def hold_back(classes: npt.NDArray[np.int64]) -> Split:
    """Hold back one row of ten of each class, no more than 1,000 in all; the same every time.

    Args:
        classes: the class of each row, (N,); rows of class -1 are in neither part.
    """
    rows = np.flatnonzero(classes >= 0)
    random = np.random.Generator(np.random.PCG64(SEED))
    order = random.permutation(rows)
    by_class = np.argsort(classes[order], kind="stable")
    ordered = classes[order][by_class]
    rank = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    chosen = np.zeros(len(order), dtype=bool)
    chosen[by_class] = rank % HELD_OF == HELD_OF - 1
    held = np.sort(order[chosen][:HELD])
    return Split(np.setdiff1d(rows, held), held)


def usual_samples(rows: int) -> int:
    """How many samples a network is trained on at most where the recipe does not say."""
    return min(MOST, max(FEWEST, EPOCHS * rows))


def learn(
    network: nn.Module,
    loss_of: Callable[[Rows], Tensor],
    classes: npt.NDArray[np.int64],
    *,
    batch: int,
    rate: float,
    samples: int | None,
    seconds: float | None,
    what: str,
    kept: Path | None = None,
) -> Learned:
    """Train an evaluation network, whose weights change.

    Args:
        network: the network; it trains on the CPU.
        loss_of: returns the mean loss of some rows, a scalar.
        classes: the class of each row, (N,); -1 leaves a row out.
        batch: how many rows a step has.
        rate: the largest learning rate.
        samples: how many samples it is trained on; None: until it has learned.
        seconds: how long that may take; None: as long as it does.
        what: what the progress bar says is trained.
        kept: the file in which what it has learned is kept now and then, so that an interrupted
            lesson goes on; it is removed in the end.
    """
    found = hold_back(classes)
    if samples is not None:
        found = Split(np.flatnonzero(classes >= 0), found.held[:0])
    total = usual_samples(len(found.rows)) if samples is None else samples
    steps = max(1, total // batch)
    course = _Course(network, loss_of, found, batch, steps, rate, seconds, kept)
    with torch.random.fork_rng(devices=[]), progress(f"training {what}", steps * batch) as advance:
        # Random layers of the encoder, such as dropout, sample the same numbers every time.
        torch.manual_seed(SEED)
        with course.remembered():
            return course.run(advance)


class _Course:
    """One lesson: a cycle of rates, and how far along it the network is."""

    def __init__(
        self,
        network: nn.Module,
        loss_of: Callable[[Rows], Tensor],
        split: Split,
        batch: int,
        steps: int,
        rate: float,
        seconds: float | None,
        kept: Path | None,
    ) -> None:
        self.network, self.loss_of, self.split, self.batch = network, loss_of, split, batch
        self.steps, self.limit, self.kept = steps, seconds, kept
        self.optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.9, 0.99))
        self.rates = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, max_lr=rate, total_steps=steps
        )
        self.random = np.random.Generator(np.random.PCG64(SEED))
        self.done = 0  # steps
        self.position = 0.0  # of the cycle, in steps
        self.pace = 1.0  # how far a step moves along the cycle
        self.ended = "whole"
        self.lowest = self.mark = float("inf")
        self.tests_since_mark = 0
        self.best: dict[str, Tensor] = {}
        self.before = 0.0  # seconds that interrupted sessions took
        self.began = self.saved = time.monotonic()
        self.pause = SAVE_SECONDS

    @property
    def seconds(self) -> float:
        return self.before + time.monotonic() - self.began

    def run(self, advance: Callable[[int], None]) -> Learned:
        every = max(1, self.steps // TESTS)
        self.network.train()
        shown = 0
        while self.position < self.steps - 1e-6:
            self._step()
            if len(self.split.held) and self.done % every == 0:
                self._test()
            if self.limit is not None:
                self._keep_to(self.limit)
            now = round(self.position * self.batch)
            advance(now - shown)
            shown = now
            if self.kept and time.monotonic() - self.saved > self.pause:
                self._save(self.kept)
            if self.limit is not None and self.seconds >= self.limit:
                break
        if len(self.split.held):
            self._test()
            self.network.load_state_dict(self.best)
        if self.kept:
            self.kept.unlink(missing_ok=True)
        return Learned(self.done * self.batch, round(self.seconds, 1), self.ended)

    @contextmanager
    def remembered(self) -> Iterator[None]:
        """Go on from what an interrupted lesson kept, and say what is kept if this one is."""
        if self.kept and self.kept.is_file():
            self._restore(self.kept)
        try:
            yield
        except KeyboardInterrupt:
            if self.kept and self.kept.is_file():
                console().print("what it has learned is kept: the same command goes on from there")
            raise

    def _step(self) -> None:
        rows = self.split.rows
        loss = self.loss_of(rows[self.random.integers(len(rows), size=self.batch)])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.done += 1
        self._move(min(float(self.steps), self.position + self.pace))

    def _move(self, position: float) -> None:
        self.position = position
        self.rates.last_epoch = position - 1  # type: ignore[assignment]
        self.rates.step()

    def _hurry(self, steps: int, why: str) -> None:
        """Run through the rest of the cycle in so many steps, if that is faster than now."""
        pace = (self.steps - self.position) / max(1, steps)
        if pace > self.pace:
            self.pace, self.ended = pace, why

    @torch.no_grad()
    def _test(self) -> None:
        """Test on the rows that are held back; if nothing gets better, it has learned."""
        self.network.eval()
        held = self.split.held
        parts = [held[at : at + self.batch] for at in range(0, len(held), self.batch)]
        loss = sum(float(self.loss_of(part)) * len(part) for part in parts) / len(held)
        self.network.train()
        if loss < self.lowest:
            self.lowest = loss
            self.best = {k: v.clone() for k, v in self.network.state_dict().items()}
        self.tests_since_mark += 1
        if loss < self.mark * (1 - LOWER):
            self.mark, self.tests_since_mark = loss, 0
        if self.tests_since_mark >= PATIENCE and self.pace == 1.0:
            self._hurry(self.done // 3, "learned")

    def _keep_to(self, limit: float) -> None:
        """Shorten the cycle if its end would come too late; before half the time, nobody knows."""
        took = self.seconds
        each, left = took / self.done, (self.steps - self.position) / self.pace
        if took > limit / 2 and took + left * each > limit:
            self._hurry(int((limit - took) / each), "time")

    def _save(self, file: Path) -> None:
        from safetensors.torch import save_file

        began = time.monotonic()
        tensors = {
            **{f"network.{k}": v for k, v in self.network.state_dict().items()},
            **{f"best.{k}": v for k, v in self.best.items()},
            **{f"optimizer.{k}": v for k, v in flat_optimizer(self.optimizer).items()},
            "random": torch.get_rng_state(),
        }
        names = ("done", "position", "pace", "ended", "lowest", "mark", "tests_since_mark")
        state = {name: getattr(self, name) for name in names} | {"before": self.seconds}
        (group,) = self.optimizer.param_groups
        state |= {"rates": {"lr": group["lr"], "betas": group["betas"]}}
        with atomically(file, shared=True) as beside:
            copies = {k: v.detach().clone().contiguous() for k, v in tensors.items()}
            save_file(copies, beside, metadata={"state": json.dumps(state)})
        self.saved = time.monotonic()
        self.pause = max(SAVE_SECONDS, 20 * (self.saved - began))

    def _restore(self, file: Path) -> None:
        from safetensors import SafetensorError

        try:
            state, tensors = _read(file)
        except (SafetensorError, OSError, KeyError, ValueError):
            return  # damaged: the lesson begins anew
        (group,) = self.optimizer.param_groups
        group |= state.pop("rates")
        for name, value in state.items():
            setattr(self, name, value)
        self.network.load_state_dict(_under("network.", tensors))
        self.best = _under("best.", tensors)
        restore_optimizer(self.optimizer, _under("optimizer.", tensors))
        torch.set_rng_state(tensors["random"])
        for _ in range(self.done):
            self.random.integers(len(self.split.rows), size=self.batch)


def _read(file: Path) -> tuple[Plain, dict[str, Tensor]]:
    from safetensors import safe_open

    with safe_open(file, framework="pt") as stored:
        state: Plain = json.loads(stored.metadata()["state"])
        return state, {key: stored.get_tensor(key) for key in stored.keys()}  # noqa: SIM118


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def noted(learned: Learned | None) -> dict[str, str] | None:
    """What the file of a network says of its lesson; nothing where the recipe set its length."""
    if learned is None or learned.ended == "whole":
        return None
    return {"learned": json.dumps(asdict(learned))}


def learned_of(file: Path) -> Learned | None:
    """Return how the lesson of a network in the cache ended, if its file says so."""
    from safetensors import safe_open

    with safe_open(file, framework="pt") as stored:
        found = (stored.metadata() or {}).get("learned")
    return Learned(**json.loads(found)) if found else None


def is_sound(file: Path) -> bool:
    """Whether the weights of a network in the cache are those that were written; says if not."""
    from safetensors import safe_open

    note = file.with_suffix(".sum")
    try:
        with safe_open(file, framework="pt") as stored:
            stored.metadata()
        sound = not note.is_file() or note.read_text(encoding="utf-8").strip() == checksum(file)
    except Exception:  # what a damaged file makes readers raise cannot be listed
        sound = False
    if not sound:
        note_once(f"{file.name} in the cache is damaged: the network is trained anew")
    return sound


def good_enough(file: Path, seconds: float | None) -> bool:
    """Whether a network in the cache need not be trained again.

    One whose lesson was cut short is, if there is much more time now.
    """
    if not file.is_file() or not is_sound(file):
        return False
    learned = learned_of(file)
    if learned is None or learned.ended != "time":
        return True
    return seconds is not None and seconds < 1.5 * learned.seconds
