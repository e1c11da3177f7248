"""Explainers: finite numbers with words, always the same, whatever there is to explain."""

from __future__ import annotations

import math

from mmgan_core.contracts import Explainer, Explanation
from mmgan_core.testing.cases import PlainCase
from mmgan_core.testing.check import Broken, NotApplicable, check
from mmgan_core.testing.explained import explained


@check(
    "its explanations have a finite number and a name for each unit, and say how far to believe it",
    "explainer",
    advice="return Explanations of plain strings and floats, with as many units as influences, and "
    "a sentence in believe; the same values are explained in the same way each time",
)
def explanations(case: PlainCase[Explainer]) -> None:
    explainer: Explainer = case.build()
    found = explainer.explain(explained(case.spec))
    if not isinstance(found, list) or not all(isinstance(one, Explanation) for one in found):
        raise Broken(f"explain() returns {found!r:.80}")
    for one in found:
        _refuse_odd(one)
    if len({one.title for one in found}) < len(found):
        raise Broken(f"two explanations have the same title: {[one.title for one in found]}")
    if explainer.explain(explained(case.spec)) != found:
        raise Broken("the same values are explained differently the second time")


@check(
    "it accepts a single entry or none, samples that follow nothing, and no discriminator",
    "explainer",
    advice="return an empty list, and raise no error, if there is nothing to explain",
)
def little_to_explain(case: PlainCase[Explainer]) -> None:
    explainer: Explainer = case.build()
    for seen in (
        explained(case.spec, given=("much",)),
        explained(case.spec, moved=False),
        explained(case.spec, given=("nothing",), moved=False),
        explained(case.spec, given=()),
        explained(case.spec, judged=False),
    ):
        for one in explainer.explain(seen):
            _refuse_odd(one)


@check(
    "it leaves the values and the samples that it sees as they are",
    "explainer",
    advice="work on copies: other explainers see the same values and samples",
)
def reads_alone(case: PlainCase[Explainer]) -> None:
    explainer: Explainer = case.build()
    seen = explained(case.spec)
    values, samples = dict(seen.given), seen.samples.clone()
    if not explainer.explain(seen):
        raise NotApplicable("it found nothing to explain here")
    if dict(seen.given) != values or not seen.samples.equal(samples):
        raise Broken("explain() writes into what it sees")


def _refuse_odd(one: Explanation) -> None:
    for what, said in (("title", one.title), ("measure", one.measure), ("believe", one.believe)):
        if not isinstance(said, str) or not said.strip():
            raise Broken(f"its {what} is {said!r}, not words")
    if not one.units or len(one.units) != len(one.influence):
        raise Broken(f"{one.title}: {len(one.units)} units and {len(one.influence)} influences")
    if one.notes and len(one.notes) != len(one.units):
        raise Broken(f"{one.title}: {len(one.units)} units and {len(one.notes)} notes")
    if one.samples is not None and len(one.samples) != len(one.units):
        raise Broken(f"{one.title}: {len(one.units)} units and {len(one.samples)} samples")
    for unit, influence in zip(one.units, one.influence, strict=True):
        if not isinstance(unit, str):
            raise Broken(f"{one.title}: a unit is {unit!r}, not a name")
        if not isinstance(influence, int | float) or not math.isfinite(influence):
            raise Broken(f"{one.title}: the influence of {unit} is {influence!r}, not a number")
