"""Asking every explainer what makes samples what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmgan_core.component import options_of
from mmgan_core.contracts import Explained, Explanation
from mmgan_core.errors import UsageError
from mmgan_core.inference.asked import Labels, asked
from mmgan_core.plugins.catalogue import catalogue

if TYPE_CHECKING:
    from mmgan_core.inference.model import Model


@dataclass(frozen=True)
class Explanations:
    """What explainers found about samples of a model.

    Attributes:
        model: the model's name.
        made: the made entry that was looked at.
        each: the explanations, by the id of the explainer.
        explained: what the explainers saw.
    """

    model: str
    made: str
    each: tuple[tuple[str, Explanation], ...]
    explained: Explained


def explain(
    model: Model,
    given: Mapping[str, object],
    *,
    made: str = "",
    by: Sequence[str] = (),
    noises: int = 16,
    orders: int = 8,
    seed: int = 0,
    labels: Labels | None = None,
) -> Explanations:
    """Say what makes the samples of a model what they are.

    Args:
        model: the model.
        given: one raw value for each entry that is given; none for what the discriminator doubts.
        made: the made entry that is looked at; default: the first.
        by: the ids of the explainers to ask; default: all that fit and are not slow.
        noises: how many samples are made each time, always of the same noise.
        orders: how many random orders tests compare with.
        seed: decides the noise and the orders.
        labels: what an evaluator reads of samples of the made entry, if one is at hand.

    Raises:
        UsageError: as ``asked``; if an explainer of ``by`` finds nothing to explain, or if nothing
            is given and all find nothing.
        RecipeError: if there is no such explainer.
    """
    known = catalogue()
    seen = asked(model, given, made=made, noises=noises, orders=orders, seed=seed, labels=labels)
    kind = seen.modalities[seen.made].kind
    specs = [known.get("explainer", one) for one in by] or [
        spec for spec in known.of("explainer") if spec.fits(kind)
    ]
    found = []
    for spec in specs:
        cls = known.load("explainer", spec.id)
        if cls.slow and not by:
            continue
        explainer = cls(options_of(cls, {}, where=spec.id))
        said = explainer.explain(seen)
        if by and not said:
            raise UsageError(f"{spec.id} finds nothing to explain of {model.name}", hint=cls.needs)
        found += [(spec.id, one) for one in said]
    if not found and not given:
        takes = f"give one value of: {', '.join(model.given)}"
        raise UsageError(
            "nothing is given, and the discriminator is not at hand",
            hint=takes if model.given else "name the run, or export it with --discriminator",
        )
    return Explanations(model.name, seen.made, tuple(found), seen)
