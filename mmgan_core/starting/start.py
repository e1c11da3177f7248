"""A starter recipe: looks at the data, measures this machine, and writes what fits both."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmgan_core.assembly.opening import open_source
from mmgan_core.errors import UsageError
from mmgan_core.spec import Suggestion
from mmgan_core.starting.budget import (
    QUALITIES,
    Choice,
    Numbers,
    Rates,
    Wish,
    choices,
    numbers,
    samples_for,
)
from mmgan_core.starting.columns import Seen, look_at
from mmgan_core.starting.draft import Draft, Ground, drafted, evaluated
from mmgan_core.starting.encoders import encoder_for
from mmgan_core.starting.made_samples import Samples, samples_of, unreadable
from mmgan_core.starting.roles import Role, roles
from mmgan_core.starting.suggested import spelt
from mmgan_core.starting.written import written

if TYPE_CHECKING:
    from mmgan_core.contracts import DataSource

# No new choice is timed after so many seconds.
PATIENCE = 8.0
# While choices are timed, training is taken to be this long.
TIMED = 10_000
# With fewer samples than this, one sees little but blobs.
FEW = 10_000
# A machine is busy if it would be so many times as fast without other programs.
BUSY = 1.5
Networks = tuple[Suggestion, Suggestion]
Measure = Callable[[Mapping[str, object]], Rates]


@dataclass(frozen=True)
class Start:
    """A starter recipe.

    Attributes:
        text: its file.
        roles: what became of each column, and why.
        notes: what a person should know before training.
    """

    text: str
    roles: Sequence[Role]
    notes: Sequence[str]


def start(
    data: str,
    wish: Wish,
    *,
    columns: Mapping[str, Seen] | None = None,
    source: DataSource | None = None,
    make: str | None = None,
    given: Sequence[str] | None = None,
    device: str = "auto",
) -> Start:
    """Return a starter recipe for some data.

    Args:
        data: the data source, as in a recipe.
        wish: what there is to spend, and for what.
        columns: what its columns hold, if they have been looked at already.
        source: the data source, if it is open already.
        make: the column to make; default: the first that can be made.
        given: the columns to give; default: those that say something about a sample.
        device: where training is timed.

    Raises:
        MmganError: if the data cannot be read, or no recipe fits them.
    """
    from mmgan_core.starting.speed import rates_of

    source = source or open_source({"use": data})
    became = roles(columns or look_at(source), make, given, source.pair_on)
    ground = _ground(data, became, source.pair_on)
    options = _networks(ground, wish)

    def measure(recipe: Mapping[str, object]) -> Rates:
        return rates_of(recipe, source, device)

    choice, rates = _chosen(ground, options, wish, measure)
    length = samples_for(wish, rates.training, rows_of(ground), evaluated=bool(evaluated(ground)))
    samples = samples_of(ground.made.seen, choice.size)
    draft = drafted(
        ground,
        samples,
        options[choice.networks],
        numbers(length, rows_of(ground), wish, rates),
        wish,
    )
    _say_why(draft, ground, wish, rates)
    notes = []
    if rates.alone > BUSY * rates.training:
        notes.append(
            f"other programs were at work: {rates.training:.0f} samples a second were measured "
            f"where {rates.alone:.0f} may be possible; try again later, or say so: "
            f"--rate {rates.alone:.0f}"
        )
    if length < FEW:
        notes.append(
            f"{length:,} samples in {wish.minutes:g} minutes are few: expect rough samples, or "
            "allow more --minutes or a smaller --size"
        )
    return Start(written(draft, _head(became)), became, notes)


def rows_of(ground: Ground) -> int:
    """Return how many rows an epoch has."""
    return ground.made.seen.rows


def _ground(data: str, became: Sequence[Role], pair_on: str) -> Ground:
    made = next(role for role in became if role.became == "made")
    given = [role for role in became if role.became == "given"]
    encoders = {role.name: encoder_for(role.seen) for role in given}
    bad = 1 - (1 - made.seen.missing) * (1 - unreadable(made.seen, samples_of(made.seen, 32)))
    bad = max([bad, *(role.seen.bad for role in given)])
    return Ground(data, made, given, encoders, pair_on, bad)


def _networks(ground: Ground, wish: Wish) -> list[Networks]:
    starter = ground.starter
    usual: Networks = (starter.generator, starter.discriminator)
    pairs = list(starter.networks) or [usual]
    if not wish.repair:
        return pairs
    if not starter.repairer:
        raise UsageError(
            f"--repair: no installed plugin suggests what fills in parts of {ground.made.name!r}",
            hint="leave out --repair, or write a recipe by hand: docs/how-to/repair.md",
        )
    return [(starter.repairer, discriminator) for _, discriminator in pairs[:1]]


def _chosen(
    ground: Ground, options: Sequence[Networks], wish: Wish, measure: Measure
) -> tuple[Choice, Rates]:
    """Return the slowest choice that still sees enough samples in the time, and its rates."""
    able = choices(wish, len(options))
    if wish.rate:
        able = [choice for choice in able if choice.size == able[0].size]
        return able[min(QUALITIES.index(wish.quality), len(able) - 1)], Rates(wish.rate, wish.rate)
    began = time.monotonic()
    best: tuple[Choice, Rates] | None = None
    timed: list[tuple[Samples, Networks]] = []
    for choice in able:
        samples = samples_of(ground.made.seen, choice.size)
        networks = options[choice.networks]
        if any(samples.options == s.options and networks == n for s, n in timed):
            continue  # the data have no larger samples
        if best and time.monotonic() - began > PATIENCE:
            break
        timed.append((samples, networks))
        trial = drafted(ground, samples, networks, _trial(ground, wish), wish)
        trial.recipe["bad_rows"] = 0.9  # of so few rows many may be bad
        rates = measure(trial.recipe)
        seen = samples_for(wish, rates.training, rows_of(ground), evaluated=bool(evaluated(ground)))
        if best and seen < wish.wanted:
            break
        best = (choice, rates)
    assert best is not None
    return best


def _trial(ground: Ground, wish: Wish) -> Numbers:
    return numbers(TIMED, rows_of(ground), wish, Rates(1.0))


def _say_why(draft: Draft, ground: Ground, wish: Wish, rates: Rates) -> None:
    how = "reckoned with" if wish.rate else "measured here"
    fits = f"About {float(f'{rates.training:.2g}'):g} samples a second were {how}"
    share = "; `evaluate` takes the rest" if evaluated(ground) else ""
    draft.why["train.samples"] = (
        f"{fits}: what fits {wish.minutes:g} minutes{share}. "
        "All numbers below, and every `over`, go with it."
    )
    made = ground.names[ground.made.name]
    width = spelt(ground.starter.networks[0][0]) if ground.starter.networks else {}
    if width and not wish.repair:
        size = (
            f"The size for quality {wish.quality}"
            if wish.rate
            else f"Of several sizes the largest that sees {wish.wanted:,} samples in the time, "
            f"or the smallest, for quality {wish.quality}"
        )
        windowed = f"make.{made}.window" in draft.why
        use = ground.starter.windowed if windowed else width["use"]
        draft.why[f"make.{made}.generator"] = f"{size}. Other networks: `mmgan-zoo show {use}`."


def _head(became: Sequence[Role]) -> list[str]:
    lines = [
        "Written by `mmgan-zoo init`. Every key is explained in docs/reference/recipe.md.",
        "What became of the columns:",
    ]
    for role in became:
        lines.append(f"  {role.name}: {role.became}; {role.why}")
    return lines
