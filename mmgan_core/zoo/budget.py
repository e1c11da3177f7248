"""The budget: how much memory and time a model of somebody else may take, and who may allow more.

One budget bounds what loading a model takes and what one sample takes, beside what stands in its
files. It is compared with what was computed beforehand, see ``costs``, never with what was taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from mmgan_core.errors import IntegrityError, UsageError

GIGABYTE = 1_000_000_000
# What a slow core computes in a second, and what calling an operation takes it at worst.
OPERATIONS_A_SECOND, SECONDS_A_CALL = 1e10, 1e-3


class OverBudget(IntegrityError):
    """A model would take more memory or time than it is allowed to."""


@dataclass(frozen=True)
class Budget:
    """What a model of somebody else may take, each of its frozen models included.

    Attributes:
        memory: in gigabytes, of loading it and of making one sample.
        minutes: of making one sample, on one slow core.
    """

    memory: float = 4.0
    minutes: float = 2.0

    def __post_init__(self) -> None:
        for name, value in (("memory", self.memory), ("minutes", self.minutes)):
            if not 0 < value < math.inf:
                raise UsageError(f"what may be taken must be above 0: {name}={value:g}")


@dataclass(frozen=True)
class Cost:
    """What something would take.

    Attributes:
        memory: at most at a time, in bytes.
        seconds: of computing, on one slow core.
        calling: more seconds, that many samples at once share.
        at_least: whether it was not computed to its end, because it is far too much.
    """

    memory: float = 0.0
    seconds: float = 0.0
    calling: float = 0.0
    at_least: bool = False

    def __add__(self, other: Cost) -> Cost:
        """This and another one, which stays in memory meanwhile."""
        return Cost(
            self.memory + other.memory,
            self.seconds + other.seconds,
            self.calling + other.calling,
            self.at_least or other.at_least,
        )

    def then(self, other: Cost) -> Cost:
        """This and another one, one after the other."""
        both = self + other
        return replace(both, memory=max(self.memory, other.memory))

    def of_many(self, count: int, at_once: int) -> Cost:
        """Of so many, of which some are made at once."""
        calling = self.calling * math.ceil(count / at_once)
        return replace(self, seconds=self.seconds * count, calling=calling)

    @property
    def times_within_budget(self) -> int:
        """How many times it may be in memory at once."""
        return max(1, int(budget().memory * GIGABYTE / max(self.memory, 1)))

    def __str__(self) -> str:
        least = "at least " if self.at_least else "about "
        time = _time(self.seconds + self.calling)
        return f"{least}{self.memory / GIGABYTE:,.2g} GB of memory and {time}"


_allowed: ContextVar[Budget] = ContextVar("budget", default=Budget())  # noqa: B039


def budget() -> Budget:
    """What is allowed now."""
    return _allowed.get()


def allow(*, memory: float | None = None, minutes: float | None = None) -> None:
    """Let models take more from now on, or less; what is left out stays as it is."""
    _allowed.set(_changed(memory, minutes))


@contextmanager
def allowing(*, memory: float | None = None, minutes: float | None = None) -> Iterator[None]:
    """Let models of somebody else take more inside, or less.

    They are refused if loading them or making one sample would take more. That is computed before
    anything is allocated.

    Args:
        memory: in gigabytes; 4 unless something else is said.
        minutes: of making one sample, on one slow core; 2 unless something else is said.

    Raises:
        UsageError: if one of them is not above 0.

    Example:
        >>> with allowing(memory=12):                                   # doctest: +SKIP
        ...     model = load("hf:me/large-pictures")
    """
    token = _allowed.set(_changed(memory, minutes))
    try:
        yield
    finally:
        _allowed.reset(token)


def refuse_over_budget(cost: Cost, what: str, *, times: int = 1) -> None:
    """Refuse what would take more than is allowed.

    Args:
        cost: what it would take.
        what: what would take it, the subject of the message.
        times: how many times as long as one sample it may take.

    Raises:
        OverBudget: says how much it would take, what the limit is, and how to allow more.
    """
    limit = budget()
    most = times * limit.minutes
    memory, minutes = cost.memory / GIGABYTE, (cost.seconds + cost.calling) / 60
    more = []
    if memory > limit.memory:
        more.append(("memory", math.ceil(1.1 * memory)))
    if minutes > most:
        more.append(("minutes", math.ceil(1.1 * minutes / times)))
    if not more:
        return
    flags = " ".join(f"--allow-{name} {value}" for name, value in more)
    raise OverBudget(
        f"{what} would take {cost}; it may take {limit.memory:g} GB and {most:g} minutes",
        hint=f"if you trust it, allow more: {flags}",
    )


def _changed(memory: float | None, minutes: float | None) -> Budget:
    now = budget()
    return Budget(
        now.memory if memory is None else memory, now.minutes if minutes is None else minutes
    )


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{max(seconds, 0.1):.2g} seconds"
    if seconds < 7200:
        return f"{seconds / 60:,.0f} minutes"
    return f"{seconds / 3600:,.0f} hours"
