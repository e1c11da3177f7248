"""From minutes and a measured rate to the numbers of a recipe."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mmgan_core.errors import UsageError

QUALITIES = ("draft", "good", "best")
# What training may take by default, in minutes, and the samples that networks should see at least
# before larger ones, or larger samples, are worth their time.
MINUTES = {"draft": 3.0, "good": 10.0, "best": 60.0}
WANTED = {"draft": 20_000, "good": 60_000, "best": 150_000}
SIZES = (32, 64, 128, 256)
# Shares of the minutes: of training, and of the evaluator, which `evaluate` trains later.
TRAINING, EVALUATOR = 0.8, 0.15
# More than this many times, a network sees a row to learn it by heart.
MOST_EPOCHS, ALWAYS = 500, 100_000
MOST_SAMPLES = 5_000_000
# From fewer rows the discriminator learns by heart, once it has seen each so often.
FEW_ROWS, HEARD_OFTEN = 10_000, 20


@dataclass(frozen=True)
class Wish:
    """What a person has to spend, and for what.

    Attributes:
        minutes: how long training and the evaluator may take.
        quality: one of ``QUALITIES``: whether to spend time on more samples or larger networks.
        size: about how many places a side of a sample may have; None: as many as fit the time.
        rate: samples a second to reckon with; None: measure it.
        repair: whether the model is to fill in what is missing.
    """

    minutes: float
    quality: str = "good"
    size: int | None = None
    rate: float | None = None
    repair: bool = False

    def __post_init__(self) -> None:
        if self.quality not in QUALITIES:
            raise UsageError(
                f"--quality: {self.quality!r} is none", hint=f"choose from: {', '.join(QUALITIES)}"
            )
        for name, value in (("minutes", self.minutes), ("size", self.size), ("rate", self.rate)):
            if value is not None and not 0 < value < math.inf:
                raise UsageError(f"--{name}: {value:g} is not above 0", hint="leave it out")

    @property
    def wanted(self) -> int:
        """The samples that training should see at least before anything grows."""
        return WANTED[self.quality]


@dataclass(frozen=True)
class Choice:
    """What may be trained: about how large samples are, and the number of the networks."""

    size: int
    networks: int


@dataclass(frozen=True)
class Rates:
    """How fast this machine is, in samples a second.

    Attributes:
        training: in training.
        evaluator: in the training of an evaluator; 0 if there is none.
        alone: in training, were no other program at work; 0 if that is not known.
    """

    training: float
    evaluator: float = 0.0
    alone: float = 0.0


def choices(wish: Wish, networks: int) -> list[Choice]:
    """Return what may be trained, from the fastest to the slowest.

    Args:
        networks: how many pairs of networks there are.
    """
    if wish.size:
        return [Choice(wish.size, number) for number in range(networks)]
    found = []
    for step, size in enumerate(SIZES):
        # Larger samples need wider networks; narrow ones would waste what a sample costs.
        first = min(step, networks - 1)
        last = min(step + 2, networks - 1) if size != SIZES[-1] else networks - 1
        found += [Choice(size, number) for number in range(first, last + 1)]
    return found


def samples_for(wish: Wish, rate: float, rows: int, *, evaluated: bool) -> int:
    """Return how many samples training sees, as a round number."""
    share = TRAINING if evaluated else TRAINING + EVALUATOR
    fitting = 60 * wish.minutes * share * rate
    return rounded(max(64.0, min(fitting, MOST_SAMPLES, max(ALWAYS, MOST_EPOCHS * rows))))


@dataclass(frozen=True)
class Numbers:
    """The numbers of a training, all of which follow from its length and its rows."""

    samples: int
    batch_size: int
    half_life: int
    log_every: int
    sample_every: int
    checkpoint_every: int
    augment: bool
    evaluator: int


def numbers(samples: int, rows: int, wish: Wish, rates: Rates) -> Numbers:
    """Return the numbers of a training of so many samples on so many rows."""
    # Few rows, or few samples, make up for small batches by more steps.
    batch = 64 if samples >= 100_000 else 32
    while batch > 8 and 2 * batch > rows:
        batch //= 2
    by_time = 60 * wish.minutes * EVALUATOR * rates.evaluator or samples / 2
    by_rows = max(5_000, 30 * rows)
    return Numbers(
        samples=samples,
        batch_size=batch,
        half_life=rounded(min(10_000.0, max(200.0, samples / 30))),
        log_every=rounded(max(batch, samples / 100)),
        sample_every=rounded(max(batch, samples / 20)),
        checkpoint_every=rounded(max(batch, samples / 5)),
        augment=rows < FEW_ROWS and samples >= HEARD_OFTEN * rows,
        evaluator=rounded(max(640.0, min(by_time, by_rows, 150_000))),
    )


def rounded(number: float) -> int:
    """Return a number rounded down to two digits that count."""
    digits = max(0, math.floor(math.log10(max(1.0, number))) - 1)
    return int(number // 10**digits * 10**digits)
