"""A check: one thing that must hold for a component, and what to do if it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from mmgan_core.spec import KINDS, Kind, Spec

# A case, or a subject.
_C = TypeVar("_C")

NETWORKS: tuple[Kind, ...] = (
    "encoder",
    "fusion",
    "alignment",
    "generator",
    "discriminator",
    "joint_discriminator",
    "augmentation",
)
CONDITIONED: tuple[Kind, ...] = ("generator", "discriminator", "joint_discriminator")


class Broken(AssertionError):
    """A check found a fault; the message says what is wrong."""


class NotApplicable(Exception):
    """A check does not apply to a component; the message says why."""


@dataclass(frozen=True)
class Check:
    """One thing that must hold for a component.

    Attributes:
        name: what must hold, in words.
        kinds: the kinds of components that it applies to.
        advice: what to do if it does not hold.
        run: is called with a case, or with the subject if ``once``; raises Broken or
            NotApplicable.
        once: whether it is run once for a component, and not for each case.
        first: whether the other checks make no sense if this one fails.
        unless: returns why the check does not apply to a spec, or "".
    """

    name: str
    kinds: tuple[Kind, ...]
    advice: str
    run: Callable[..., None]
    once: bool
    first: bool
    unless: Callable[[Spec], str]


CHECKS: list[Check] = []


def check(
    name: str,
    *kinds: Kind,
    advice: str,
    once: bool = False,
    first: bool = False,
    unless: Callable[[Spec], str] = lambda spec: "",
) -> Callable[[Callable[[_C], None]], Callable[[_C], None]]:
    """Add a function to the checks; without kinds it applies to components of every kind."""

    def add(run: Callable[[_C], None]) -> Callable[[_C], None]:
        CHECKS.append(Check(name, kinds or KINDS, advice, run, once, first, unless))
        return run

    return add


def keeps_batch_state(spec: Spec) -> str:
    """Why rows may affect one another, or ""."""
    return "the spec declares keeps_batch_state" if spec.keeps_batch_state else ""


def not_twice_differentiable(spec: Spec) -> str:
    """Why a double backward need not work, or ""."""
    return "" if spec.twice_differentiable else "the spec declares twice_differentiable=False"


def repairs_nothing(spec: Spec) -> str:
    """Why a mask need not matter, or ""."""
    return "" if spec.repairs else "the spec does not declare repairs=True"


def not_exportable(spec: Spec) -> str:
    """Why torch.export need not work, or ""."""
    return "" if spec.exportable else "the spec does not declare exportable=True"
