"""A check: one thing that a component must hold to, and what to do if it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mmgan_core.spec import KINDS, Kind, Spec

NETWORKS: tuple[Kind, ...] = (
    "encoder",
    "fusion",
    "alignment",
    "generator",
    "discriminator",
    "augmentation",
)
PLAYERS: tuple[Kind, ...] = ("generator", "discriminator")


class Broken(AssertionError):
    """A check found a fault; the message says what was found."""


class NotApplicable(Exception):
    """A check has nothing to look at; the message says why."""


@dataclass(frozen=True)
class Check:
    """One thing that must hold.

    Attributes:
        name: what must hold, in words.
        kinds: the kinds of components that it is for.
        advice: what to do if it does not hold.
        run: called with a case, or with the subject if ``once``; raises Broken or NotApplicable.
        once: whether it looks at the component as a whole and not at each case.
        unless: from a spec, why the check does not apply, or "".
    """

    name: str
    kinds: tuple[Kind, ...]
    advice: str
    run: Callable[[Any], None]
    once: bool
    unless: Callable[[Spec], str]


CHECKS: list[Check] = []


def check(
    name: str,
    *kinds: Kind,
    advice: str,
    once: bool = False,
    unless: Callable[[Spec], str] = lambda spec: "",
) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Adds a function to the checks; without kinds it is for components of every kind."""

    def add(run: Callable[[Any], None]) -> Callable[[Any], None]:
        CHECKS.append(Check(name, kinds or KINDS, advice, run, once, unless))
        return run

    return add


def keeps_batch_state(spec: Spec) -> str:
    """Why rows need not be apart."""
    return "the spec declares keeps_batch_state" if spec.keeps_batch_state else ""


def not_twice_differentiable(spec: Spec) -> str:
    """Why a double backward need not work."""
    return "" if spec.twice_differentiable else "the spec declares twice_differentiable=False"


def repairs_nothing(spec: Spec) -> str:
    """Why what is missing need not matter."""
    return "" if spec.repairs else "the spec does not declare repairs=True"


def not_exportable(spec: Spec) -> str:
    """Why torch.export need not work."""
    return "" if spec.exportable else "the spec does not declare exportable=True"
