"""The description beside a graph: what it is fed and what it makes, for engines in any language."""

from __future__ import annotations

from collections.abc import Mapping

from mmgan_core.contracts import Fed
from mmgan_core.explaining.direction_file import directions_of, unit
from mmgan_core.explaining.directions import Direction
from mmgan_core.foundation.plain import Plain
from mmgan_core.inference.model import Model
from mmgan_core.portable.sampler import BATCH, Sampler

FORMAT = 1


def description(model: Model, sampler: Sampler, examples: Mapping[str, str]) -> Plain:
    """The description, without what is known of files only.

    Args:
        examples: a value for given entries, for people to try.
    """
    recipe, gan = model.blueprint.recipe, model.gan
    about = recipe.about
    return {
        "format": FORMAT,
        "name": recipe.name,
        "summary": recipe.summary,
        "licence": about.licence,
        "data_licence": about.data_licence,
        "limits": list(about.limits),
        "inputs": {name: _tensor(fed) for name, fed in sampler.inputs.items()},
        "given": {
            name: {"kind": reading.kind, "settings": dict(reading.settings)}
            for name, reading in sampler.readings.items()
        },
        "repair": {
            name: {
                "kind": reading.kind,
                "settings": dict(reading.settings),
                "mask": list(gan.generator(name).condition.mask_shape or ()),
            }
            for name, reading in sampler.repairs.items()
        },
        "made": {
            name: {"kind": showing.kind, "settings": dict(showing.settings)}
            for name, showing in sampler.showings.items()
        },
        "noise": {
            name: {"entries": entries, "number": model.made.index(name.removeprefix("noise."))}
            for name, entries in sampler.noise.items()
        },
        "directions": [*_of_noise(model), *_of_condition(sampler)],
        "example": dict(examples),
    }


def _of_noise(model: Model) -> list[Plain]:
    """The kept directions of the noise: a vector of length 1 for the input that it is added to."""
    if model.directions is None:
        return []
    made, named = directions_of(model, model.directions)
    noise = f"noise.{model.gan.noise_of(made)}"
    return [
        {"name": one.name, "noise": noise, "vector": unit(one).tolist()}
        for one in named.values()
        if isinstance(one, Direction)
    ]


def _of_condition(sampler: Sampler) -> list[Plain]:
    """The kept directions of the condition: the place of the amount that the graph is fed."""
    return [
        {"name": one.name, "push": place, "entry": one.entry, "value": one.value}
        for place, one in enumerate(sampler.pushing.directions)
    ]


def _tensor(fed: Fed | None) -> Plain:
    if fed is None:
        return {"dtype": "bool", "shape": []}
    least = {"least": fed.least} if any(isinstance(size, str) for size in fed.shape) else {}
    return {"dtype": fed.dtype, "shape": [BATCH, *fed.shape], **least}
