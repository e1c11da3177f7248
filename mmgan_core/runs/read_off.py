"""What a run read off its data when it began, which it keeps when it goes on.

Names of labels, alphabets, ranges and rates are observed, not asked for: data that have grown since
would say others, and the weights are of those from before.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import yaml

from mmgan_core.errors import MmganError
from mmgan_core.foundation.plain import Plain
from mmgan_core.foundation.yaml_text import from_yaml
from mmgan_core.recipe.choices import ModalityChoice
from mmgan_core.recipe.old_spellings import with_present_spellings
from mmgan_core.recipe.reading import check
from mmgan_core.recipe.schema import Given, Make, Recipe

_Entry = TypeVar("_Entry", Given, Make)
# Where data lie, rather than which they are.
_PLACES = ("path",)
_HAVING_PLACES = ("use", "sources", "mix")


def with_what_was_read_off(recipe: Recipe, run: Path) -> Recipe:
    """The recipe with the options of modalities that the run read off its data.

    Options that the recipe states, or that the recipe of the run stated, are left as they are.
    """
    try:
        before = check(_yaml(run / "recipe.yaml"), str(run / "recipe.yaml")).plain()
        resolved: Plain = with_present_spellings(_yaml(run / "resolved.yaml"))[0]
    except (OSError, ValueError, yaml.YAMLError, MmganError):  # said when they are compared
        return recipe

    def going_on(section: str, name: str, entry: _Entry) -> _Entry:
        told: Plain = before.get(section, {}).get(name, {})
        observed = resolved.get(section, {}).get(name, {}).get("modality", {})
        said: ModalityChoice = entry.modality
        if not isinstance(observed, Mapping) or _other_kind(said.use, observed):
            return entry
        asked = {"use", *said.options, *told.get("modality", {})}
        read_off = {key: value for key, value in observed.items() if key not in asked}
        modality = ModalityChoice(use=said.use, **{**said.options, **read_off})
        return entry.model_copy(update={"modality": modality})

    given = {name: going_on("given", name, entry) for name, entry in recipe.given.items()}
    make = {name: going_on("make", name, entry) for name, entry in recipe.make.items()}
    return recipe.model_copy(update={"given": given, "make": make})


def without_places(data: object) -> object:
    """A data section without where its data lie, so that they may move."""
    if isinstance(data, str):
        return data.partition(":")[0]
    if isinstance(data, Mapping):
        kept = {key: value for key, value in data.items() if key not in _PLACES}
        return {k: without_places(v) if k in _HAVING_PLACES else v for k, v in kept.items()}
    if isinstance(data, (list, tuple)):
        return [without_places(one) for one in data]
    return data


def _other_kind(said: str, observed: Mapping[str, object]) -> bool:
    new, old = (use.partition("@")[0] for use in (said, str(observed.get("use", ""))))
    return bool(new) and new != old


def _yaml(file: Path) -> Plain:
    return from_yaml(file.read_text(encoding="utf-8"))
