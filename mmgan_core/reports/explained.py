"""The page of explanations: what was given and made, each influence, and how far to believe it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmgan_core.contracts import DeletionTest, Explained, Explanation
from mmgan_core.inference.explain import Explanations
from mmgan_core.reports.embedded import Shown, all_shown, of_picture, shown
from mmgan_core.reports.influence_map import influence_map
from mmgan_core.reports.pages import page
from mmgan_core.reports.plots import Line, NoPlots, Plot, plot

# How many samples a page shows, and how many units are left out of what it shows.
SAMPLES, LEFT_OUT = 4, 3


@dataclass(frozen=True)
class Unit:
    """A unit as a page shows it.

    Attributes:
        name: what it is called.
        influence: its influence.
        share: that as a share of the largest, from 0 to 1.
        note: more about it, in words.
    """

    name: str
    influence: float
    share: float
    note: str


@dataclass(frozen=True)
class Section:
    """An explanation as a page shows it.

    Attributes:
        id: the id of the explainer.
        one: the explanation.
        units: its units in order.
        plots: the curves of its test.
        left: the given value without its most influential parts, if it has parts.
        without: the names of the parts that are left out of it.
        then: samples that are made of that.
        map: the first sample with the influence of its blocks, as an address; "" if units are none.
        each: a sample for each unit, if there are such.
    """

    id: str
    one: Explanation
    units: Sequence[Unit]
    plots: Sequence[Plot]
    left: Shown | None
    without: Sequence[str]
    then: Sequence[Shown]
    map: str = ""
    each: Sequence[Shown] = ()


def explained_html(found: Explanations) -> str:
    """Return explanations as HTML that needs no network and no script."""
    seen, missing = found.explained, ""
    try:
        sections = [_section(seen, id, one, draws=True) for id, one in found.each]
    except NoPlots as why:
        missing = str(why)
        sections = [_section(seen, id, one, draws=False) for id, one in found.each]
    given = {
        name: shown(seen.modalities[name], seen.modalities[name].decode(value))
        for name, value in seen.given.items()
    }
    return page(
        "explained.html.jinja",
        title=f"What {found.model} follows",
        made=found.made,
        given=given,
        samples=_first(seen, seen.given),
        sections=sections,
        missing=missing,
    )


def _section(seen: Explained, id: str, one: Explanation, *, draws: bool) -> Section:
    largest = max(map(abs, one.influence)) or 1.0
    notes = one.notes or ("",) * len(one.units)
    units = [
        Unit(name, influence, max(0.0, influence / largest), note)
        for name, influence, note in zip(one.units, one.influence, notes, strict=True)
    ]
    plots = _curves(one.test, len(units)) if draws and one.test else []
    if not one.family:
        mapped = of_picture(influence_map(seen.samples[0], one)) if len(one.grid) == 2 else ""
        modality = seen.modalities[seen.made]
        each = () if one.samples is None else all_shown(modality, modality.present(one.samples))
        return Section(id, one, units, plots, None, (), (), mapped, each)
    ranked = sorted(range(len(units)), key=lambda at: -one.influence[at])
    gone = sorted(ranked[: min(LEFT_OUT, len(units) - 1)])
    values, modality = seen.without(one.entry, one.family, gone), seen.modalities[one.entry]
    left = modality.decode(values[one.entry]) if one.entry in values else None
    return Section(
        id,
        one,
        units,
        plots,
        None if left is None else shown(modality, left),
        [one.units[at] for at in gone],
        _first(seen, values),
    )


def _first(seen: Explained, given: Mapping[str, object]) -> list[Shown]:
    modality = seen.modalities[seen.made]
    samples = seen.samples if given is seen.given else seen.make(given)
    return all_shown(modality, modality.present(samples[:SAMPLES]))


def _curves(test: DeletionTest, units: int) -> list[Plot]:
    drawn = (
        ("left out, the most influential first", test.most_first, test.by_chance),
        ("kept, the most influential first", test.kept_first, test.kept_by_chance),
    )
    found = [
        plot(
            title,
            [
                Line(name, [(float(at + 1), y) for at, y in enumerate(curve)], number)
                for number, (name, curve) in enumerate((("in order", one), ("by chance", other)))
            ],
            across="units",
        )
        for title, one, other in drawn
        if units > 2
    ]
    return [one for one in found if one]
