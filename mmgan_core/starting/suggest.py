"""Settings for a recipe, by the rules of a sweep: the safest of many, with what to expect of it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

from mmgan_core.errors import UsageError
from mmgan_core.recipe.schedule import Schedule, ends
from mmgan_core.recipe.schema import Recipe
from mmgan_core.recipe.training_keys import LearningRates
from mmgan_core.starting.rules import Expected, Networks, Rules, Setting

# How many settings are compared; the rules take no time.
DRAWS = 4_000
# The rules know least where their sweep ended: suggestions keep off by this share of a range.
MARGIN = 0.1


class Kept(TypedDict, total=False):
    """Parts of a setting that are given, by the names of `Setting`."""

    kind: str
    width: float
    loss: str
    penalty: str
    weight: float
    batch: int


@dataclass(frozen=True)
class Suggested:
    """What to set, and what to expect with and without it.

    Attributes:
        changes: new values of the recipe by dotted key.
        now, then: the expected Fréchet distances, in units of that between real samples.
        speed_now, speed_then: the expected samples a second on one core of the sweep's machine.
    """

    changes: Mapping[str, object]
    now: Expected
    then: Expected
    speed_now: Expected
    speed_then: Expected


def suggest(recipe: Recipe, rules: Rules, entry: str = "", *, networks: bool = False) -> Suggested:
    """Return the settings of a made entry with which the rules expect even bad luck to do well.

    Args:
        entry: the made entry; default: the first.
        networks: whether to choose other networks too.

    Raises:
        UsageError: if the rules say nothing about such networks.
    """
    name = entry or next(iter(recipe.make))
    if name not in recipe.make:
        raise UsageError(f"the recipe makes no {name!r}", hint=f"it makes {', '.join(recipe.make)}")
    before = setting_of(recipe, name, rules)
    kept: Kept = {} if networks else {"kind": before.kind, "width": before.width}
    best = best_setting(rules, **kept)
    changes = _changes(recipe, name, best)
    if networks:
        changes = {**_networks(recipe, name, best, rules), **changes}
    return Suggested(
        changes,
        rules.distance(before),
        rules.distance(best),
        rules.speed(before),
        rules.speed(best),
    )


def best_setting(rules: Rules, **kept: Unpack[Kept]) -> Setting:
    """The drawn setting with which even an unlucky training is expected to do best.

    The one with the best expected distance is often unsteady: good with one seed, bad with another.

    Args:
        kept: parts of the setting that are not drawn, such as ``kind`` and ``width``.
    """
    chance = random.Random(0)
    able = (replace(drawn(rules, chance, MARGIN), **kept) for _ in range(DRAWS))
    return min(able, key=rules.unlucky)


def drawn(rules: Rules, chance: random.Random, margin: float = 0.0) -> Setting:
    """One setting, each part of it drawn by itself, off the ends of ranges by a share of them."""
    facts = rules.facts

    def within(key: str) -> float:
        low, high = facts["ranges"][key]
        part = margin + (1 - 2 * margin) * chance.random()
        return float(f"{low * (high / low) ** part:.2g}")

    return Setting(
        kind=chance.choice(sorted(facts["networks"])),
        width=round(within("width")),
        loss=chance.choice(facts["losses"]),
        penalty=chance.choice(facts["penalties"]),
        weight=within("weight"),
        rate=within("rate"),
        batch=int(2 ** round(chance.uniform(4, 7))),
    )


def setting_of(recipe: Recipe, name: str, rules: Rules) -> Setting:
    """A recipe as the rules see it.

    Raises:
        UsageError: if they know no such networks.
    """
    make, known = recipe.make[name], rules.facts["networks"]
    if make.generator.use not in known or make.loss is None:
        raise UsageError(
            f"no rules were fitted for the generator {make.generator.use} of {name!r}",
            hint=f"they know {', '.join(sorted(known))}; for others, measure: "
            "mmgan-zoo sweep RECIPE --over train.learning_rate=1e-4..1e-2 --sampler optuna "
            "--by core/frechet --trials 20",
        )
    networks = known[make.generator.use]
    rate = recipe.train.learning_rate
    rate = rate.generator if isinstance(rate, LearningRates) else rate
    penalties = "+".join(one.use for one in make.penalties)
    weight = max([1e-3, *(max(ends(one.weight)) for one in make.penalties)])
    return Setting(
        make.generator.use,
        width_of(make.generator.options, networks),
        make.loss.use,
        penalties,
        weight,
        max(1e-6, *ends(rate)),
        recipe.train.batch_size,
    )


def width_of(options: Mapping[str, object], networks: Networks) -> float:
    """How wide the options of a generator make it, in the sweep's unit."""
    width = options.get(networks["width"], 16 * networks["per_width"])
    if isinstance(width, list | tuple):
        width = max(width, default=1)
    assert isinstance(width, int | float)
    return width / networks["per_width"]


def _networks(recipe: Recipe, name: str, best: Setting, rules: Rules) -> dict[str, object]:
    """The networks of a setting, as new values of the recipe."""
    networks = rules.facts["networks"][best.kind]
    number = max(1, round(best.width * networks["per_width"]))
    layers = networks["layers"]
    width = {"use": best.kind, networks["width"]: [number] * layers if layers else number}
    noise = recipe.make[name].generator.options.get("noise_dim")
    more = {"noise_dim": noise} if noise else {}
    return {
        f"make.{name}.generator": {**width, **networks["generator"], **more},
        f"make.{name}.discriminator": {**width, **networks["discriminator"]},
    }


def _changes(recipe: Recipe, name: str, best: Setting) -> dict[str, object]:
    """All of a setting but its networks, as new values of the recipe."""
    rate = recipe.train.learning_rate
    new: object = best.rate
    if isinstance(rate, Schedule):
        end = best.rate * rate.to / max(rate.start, 1e-12)
        new = {**rate.model_dump(by_alias=True), "from": best.rate, "to": float(f"{end:.2g}")}
    return {
        f"make.{name}.loss": best.loss,
        f"make.{name}.penalties": [
            {"use": use, "weight": best.weight, "every": 4}
            for use in filter(None, best.penalty.split("+"))
        ],
        "train.learning_rate": new,
        "train.batch_size": best.batch,
    }
