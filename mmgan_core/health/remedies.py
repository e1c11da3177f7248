"""Changes of a recipe against an illness; each returns nothing where it does not apply."""

from __future__ import annotations

import math

from pydantic import BaseModel

from mmgan_core.foundation.plain import Plain
from mmgan_core.health.illness import Changes, Remedy
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.schedule import Number, Schedule, ends
from mmgan_core.recipe.schema import Recipe
from mmgan_core.recipe.training_keys import LearningRates
from mmgan_core.spec import Suggestion

# R3GAN's pair, computed in every fourth step.
PENALTIES = [
    {"use": "objectives/r1", "weight": 0.5, "every": 4},
    {"use": "objectives/r2", "weight": 0.5, "every": 4},
]
MODE_SEEKING = "objectives/mode-seeking"
# Of these auxiliary losses a generator learns to make one sample for each condition.
POINTING = ("objectives/reconstruction", "objectives/feature-matching")
USUAL_RATE = 1e-3


def together(*several: Remedy) -> Remedy:
    """Those of several changes that apply."""

    def remedy(recipe: Recipe, entry: str) -> Changes:
        return {key: new for one in several for key, new in one(recipe, entry).items()}

    return remedy


def add_penalties(recipe: Recipe, entry: str) -> Changes:
    """Penalties, where the discriminator has none."""
    make = recipe.make[entry]
    if make.penalties or len(make.discriminators) != 1:
        return {}
    return {f"make.{entry}.penalties": PENALTIES}


def weigh_penalties(factor: float) -> Remedy:
    """All penalties so many times as heavy."""

    def remedy(recipe: Recipe, entry: str) -> Changes:
        found = recipe.make[entry].penalties
        if not found or all(ends(one.weight) == (0, 0) for one in found):
            return {}
        return {
            f"make.{entry}.penalties": [
                {**_plain(one), "weight": scaled(one.weight, factor)} for one in found
            ]
        }

    return remedy


def weigh_auxiliary(factor: float) -> Remedy:
    """The auxiliary losses that leave no choice so many times as heavy."""

    def remedy(recipe: Recipe, entry: str) -> Changes:
        found = recipe.make[entry].auxiliary_losses
        if not any(one.use in POINTING and max(ends(one.weight)) >= 1 for one in found):
            return {}
        return {
            f"make.{entry}.auxiliary_losses": [
                {**_plain(one), "weight": scaled(one.weight, factor)}
                if one.use in POINTING
                else _plain(one)
                for one in found
            ]
        }

    return remedy


def add_mode_seeking(recipe: Recipe, entry: str) -> Changes:
    """The loss by which different noise must make different samples."""
    found = recipe.make[entry].auxiliary_losses
    if any(one.use == MODE_SEEKING for one in found):
        return {}
    listed = [_plain(one) for one in found]
    return {f"make.{entry}.auxiliary_losses": [*listed, {"use": MODE_SEEKING, "weight": 1.0}]}


def change_rates(generator: float = 1.0, discriminator: float = 1.0) -> Remedy:
    """Learning rates so many times as high."""

    def remedy(recipe: Recipe, entry: str) -> Changes:
        rate = recipe.train.learning_rate
        one, other = (
            (rate.generator, rate.discriminator)
            if isinstance(rate, LearningRates)
            else (rate, rate)
        )
        new, new_other = scaled(one, generator), scaled(other, discriminator)
        both = {"generator": new, "discriminator": new_other}
        return {"train.learning_rate": new if new == new_other else both}

    return remedy


def level_rates(recipe: Recipe, entry: str) -> Changes:
    """One learning rate for two networks whose rates are far apart.

    It is their geometric mean; of rates with more than a factor of ten between them at least one
    was no choice, and it is the usual rate.
    """
    rate = recipe.train.learning_rate
    if not isinstance(rate, LearningRates):
        return {}
    one, other = max(ends(rate.generator)), max(ends(rate.discriminator))
    if 1 / 3 < one / max(other, 1e-12) < 3:
        return {}
    near = 0.1 <= one / max(other, 1e-12) <= 10
    new = math.sqrt(one * other) if near else USUAL_RATE
    return {"train.learning_rate": scaled(rate.generator, new / one) if one else new}


def lower_high_rates(recipe: Recipe, entry: str) -> Changes:
    """The usual learning rate, where one is far above it."""
    rate = recipe.train.learning_rate
    both = (rate.generator, rate.discriminator) if isinstance(rate, LearningRates) else (rate,)
    if max(max(ends(one)) for one in both) < 5 * USUAL_RATE:
        return {}
    return {"train.learning_rate": USUAL_RATE}


def usual_rates(recipe: Recipe, entry: str) -> Changes:
    """The usual learning rate, where both are far below it."""
    return {"train.learning_rate": USUAL_RATE}


def clip(recipe: Recipe, entry: str) -> Changes:
    """A limit to the norm of the gradient, where there is none."""
    return {} if recipe.train.clip_gradient else {"train.clip_gradient": 1.0}


def bound_condition(recipe: Recipe, entry: str) -> Changes:
    """Conditions of a bounded length, where they are not."""
    fusion = recipe.fusion
    if fusion is None or fusion.options.get("bounded", True):
        return {}
    return {"fusion.bounded": True}


def match_conditions(recipe: Recipe, entry: str) -> Changes:
    """The loss by which the discriminator refuses real samples with a wrong condition."""
    if recipe.make[entry].matching_aware or not recipe.given_of(entry):
        return {}
    return {f"make.{entry}.matching_aware": 1.0}


def show_conditions(recipe: Recipe, entry: str) -> Changes:
    """Show given entries more often, where training mostly hides them."""
    fusion = recipe.fusion
    drops = {"drop": 0.5, "drop_all": 0.1}
    high: dict[str, object] = {
        f"fusion.{key}": 0.1
        for key, most in drops.items()
        if fusion and isinstance(found := fusion.options.get(key), int | float) and found > most
    }
    return high


def augment(recipe: Recipe, entry: str) -> Changes:
    """The augmentation that suits the kind of data, where there is none."""
    make = recipe.make[entry]
    if make.augment or not make.discriminators:
        return {}
    chosen = _suggested_augmentation(recipe, entry)
    return {f"make.{entry}.augment": [chosen]}


def augment_less(recipe: Recipe, entry: str) -> Changes:
    """Change fewer rows, where augmentations change most of them."""
    found = recipe.make[entry].augment
    if not any(one.adaptive is None and max(ends(one.probability)) > 0.5 for one in found):
        return {}
    return {
        f"make.{entry}.augment": [
            {**_plain(one), "probability": 0.3} if one.adaptive is None else _plain(one)
            for one in found
        ]
    }


def shorten_average(recipe: Recipe, entry: str) -> Changes:
    """An average of the newest thirtieth of the training."""
    return {"train.ema.half_life": max(1, recipe.train.samples // 30)}


def scaled(number: Number, factor: float) -> object:
    """A number of a recipe times a factor, as plain data."""
    if isinstance(number, Schedule):
        plain = number.model_dump(by_alias=True)
        return {**plain, "from": _round(number.start * factor), "to": _round(number.to * factor)}
    return _round(number * factor)


def _round(number: float) -> float:
    return float(f"{number:.3g}")


def _plain(choice: BaseModel) -> Plain:
    found: Plain = choice.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return found


def _suggested_augmentation(recipe: Recipe, entry: str) -> Suggestion:
    """What plugins suggest for the kind of data of a made entry; mixing suits all kinds."""
    use = recipe.make[entry].modality.use
    if use:
        found = catalogue().get("modality", use, where="health")
    else:
        found = catalogue().modality_for(entry, where="health")
    if found.starter and found.starter.augment:
        suggestion: Suggestion = found.starter.augment
        return suggestion
    return {"use": "objectives/mixup", "probability": 0.5}
