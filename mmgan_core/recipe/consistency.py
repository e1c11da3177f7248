"""Refuses recipes whose sections contradict each other; messages name the place and a way out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mmgan_core.errors import nearest
from mmgan_core.recipe.learning_places import beginnings, learning_places
from mmgan_core.recipe.schedule import ends

if TYPE_CHECKING:
    from mmgan_core.recipe.schema import DiscriminatorChoice, Make, Recipe

# What only discriminators use.
_OF_DISCRIMINATORS = (
    "loss",
    "penalties",
    "augment",
    "matching_aware",
    "auxiliary_classifier",
    "inference",
)


def refuse_inconsistent(recipe: Recipe) -> None:
    """Refuse made entries and joint discriminators that contradict each other or what is given.

    Raises:
        ValueError: names the key and what to change.
    """
    for name, make in recipe.make.items():
        _refuse_unknown(make.given or (), recipe.given, f"make.{name}.given", "given entry")
        if len(set(make.given or ())) < len(make.given or ()):
            raise ValueError(f"make.{name}.given names an entry twice")
        _refuse_no_condition(recipe, name, make)
        _refuse_untaught(recipe, name, make)
        _refuse_other_noise(recipe, name, make)
        _refuse_uncut(name, make)
        if make.matcher:
            _refuse_not_given(recipe, name, "matcher.given", make.matcher.given)
        if make.places:
            _refuse_not_given(recipe, name, "places", make.places)
    _refuse_other_joints(recipe)
    _refuse_read_by_none(recipe)
    _refuse_no_teacher_of_encoders(recipe)
    _refuse_other_alignment(recipe)
    known = [place for part in learning_places(recipe) for place in beginnings(part)]
    _refuse_unknown(recipe.train.rates, known, "train.rates", "part")
    if recipe.prior and not recipe.given:
        raise ValueError("prior draws entries that are not given, but the recipe has none")


def _refuse_not_given(recipe: Recipe, name: str, key: str, given: str) -> None:
    where = f"make.{name}.{key}"
    _refuse_unknown((given,), recipe.given, where, "given entry")
    if given not in recipe.given_of(name):
        raise ValueError(
            f"{where}: {name} is not conditioned on {given}: name an entry of make.{name}.given"
        )


def _refuse_no_condition(recipe: Recipe, name: str, make: Make) -> None:
    for key in ("matching_aware", "auxiliary_classifier"):
        if any(ends(getattr(make, key))) and not recipe.given_of(name):
            why = "make.{0}.given is empty" if recipe.given else "the recipe has no given entry"
            raise ValueError(f"make.{name}.{key} needs a condition, but {why.format(name)}")


def _refuse_untaught(recipe: Recipe, name: str, make: Make) -> None:
    joined = any(name in joint.of for joint in recipe.joint.values())
    if not (make.discriminators or joined or make.auxiliary_losses):
        raise ValueError(
            f"make.{name}: nothing teaches its generator: add a discriminator and a loss, or "
            "auxiliary_losses, or name it in a joint discriminator"
        )
    if make.adversarial_start and not (make.discriminators or joined):
        raise ValueError(
            f"make.{name}.adversarial_start: there is no discriminator that could start: leave it "
            "out, or add a discriminator"
        )
    if make.adversarial_start and not make.auxiliary_losses:
        raise ValueError(
            f"make.{name}.adversarial_start: there are no auxiliary losses to train the "
            "generator until then: add auxiliary_losses, or set it to 0"
        )


def refuse_other_discriminators(make: Make) -> None:
    """Refuse discriminators without a loss, what has no discriminator, and names given twice.

    Raises:
        ValueError: names the key, below that of the made entry, and what to change.
    """
    if not make.discriminators:
        for key in _OF_DISCRIMINATORS:
            if getattr(make, key):
                raise ValueError(
                    f"{key} is for a discriminator, and there is none: add a discriminator, or "
                    f"leave {key} out"
                )
        return
    if not isinstance(make.discriminator, list):
        if make.loss is None:
            raise ValueError("a discriminator needs a loss: add the adversarial loss of both")
        return
    for number, choice in enumerate(make.discriminator):
        if choice.loss is None and make.loss is None:
            raise ValueError(
                f"discriminator.{number} needs a loss: its own, or one for all of them"
            )
    _refuse_other_names(make.discriminator)


def _refuse_other_names(listed: list[DiscriminatorChoice]) -> None:
    if listed[0].name:
        raise ValueError(
            "discriminator.0.name: the first discriminator is called as its entry is: leave its "
            "name out"
        )
    names = [choice.name or str(number) for number, choice in enumerate(listed, start=1)]
    for number, said in enumerate(names):
        if said in names[:number]:
            raise ValueError(f"discriminator.{number}.name: another one is {said!r} already")


def _refuse_uncut(name: str, make: Make) -> None:
    for key in ("repair", "inference"):
        if make.window is not None and getattr(make, key):
            raise ValueError(
                f"make.{name}.window: {key} works on whole samples: leave {key} or window out"
            )


def _refuse_other_noise(recipe: Recipe, name: str, make: Make) -> None:
    if make.noise is None:
        return
    where = f"make.{name}.noise"
    _refuse_unknown([make.noise], recipe.make, where, "made entry")
    if make.noise == name:
        raise ValueError(f"{where}: its own noise is what it has by default: leave noise out")
    owner = recipe.make[make.noise].noise
    if owner is not None:
        raise ValueError(f"{where}: {make.noise} has the noise of {owner}: name {owner} here too")


def _refuse_other_joints(recipe: Recipe) -> None:
    for name, joint in recipe.joint.items():
        if name in recipe.make or name in recipe.given:
            raise ValueError(f"joint.{name}: an entry is called {name!r} too: rename one of them")
        _refuse_unknown(joint.of, recipe.make, f"joint.{name}.of", "made entry")
        if len(set(joint.of)) < len(joint.of):
            raise ValueError(f"joint.{name}.of names an entry twice")


def _refuse_read_by_none(recipe: Recipe) -> None:
    read = {given for name in recipe.make for given in recipe.given_of(name)}
    for name in recipe.given:
        if name not in read and not recipe.joint:
            raise ValueError(
                f"given.{name} is in the list given of no made entry: add it to one, or remove it"
            )


def _refuse_no_teacher_of_encoders(recipe: Recipe) -> None:
    """Refuse encoders that would never learn: their phase has no loss."""
    played = recipe.joint or any(make.discriminators for make in recipe.make.values())
    if recipe.train.encoders == "discriminator" and not (played or recipe.align):
        raise ValueError(
            "train.encoders: encoders cannot learn with a discriminator, for there is none: leave "
            "encoders out"
        )


def _refuse_other_alignment(recipe: Recipe) -> None:
    """Refuse an alignment of entries that are not there, of too few, or of what teaches itself."""
    align = recipe.align
    if not align:
        return
    _refuse_unknown(align.given or (), recipe.given, "align.given", "given entry")
    _refuse_unknown(align.made, recipe.make, "align.made", "made entry")
    for name in align.made:
        if recipe.make[name].window is not None:
            raise ValueError(
                f"make.{name}.window: align.made.{name} works on whole samples: leave it or window "
                "out"
            )
    if len(recipe.aligned()) + len(align.made) < 2:
        raise ValueError(
            "align needs at least two entries to pull together: given ones, or made ones by "
            "align.made"
        )
    if not any(ends(align.generator_weight)):
        return
    if not align.made:
        raise ValueError(
            "align.generator_weight is for made samples: name an encoder of them in align.made"
        )
    if recipe.encoders_with_generator:
        raise ValueError(
            "align.generator_weight: where encoders learn in the generator phase they would learn "
            "from made samples: leave it out, or set train.encoders: discriminator"
        )


def _refuse_unknown(names: Iterable[str], known: Iterable[str], where: str, what: str) -> None:
    for name in names:
        if name not in set(known):
            raise ValueError(f"{where}: there is no {what} {name!r}: {nearest(name, known)}")
