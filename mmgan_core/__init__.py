"""Build, train, share and use GANs over image, audio, text and labels, in any combination.

Names are resolved when first used: importing this package imports neither torch nor a plugin.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmgan_core.api import assemble, generate, list_recipes, load, load_recipe, train
    from mmgan_core.assembly.gan import GAN
    from mmgan_core.errors import BadValue, DataError, MmganError, RecipeError, UsageError
    from mmgan_core.hookspecs import API_VERSION, hookimpl
    from mmgan_core.inference.model import Model
    from mmgan_core.inference.samples import Samples
    from mmgan_core.options import ModelRef, Options
    from mmgan_core.recipe.schema import Recipe
    from mmgan_core.spec import Spec, Starter

    __version__: str

_HOMES = {
    "API_VERSION": "hookspecs",
    "BadValue": "errors",
    "DataError": "errors",
    "GAN": "assembly.gan",
    "MmganError": "errors",
    "Model": "inference.model",
    "ModelRef": "options",
    "Options": "options",
    "Recipe": "recipe.schema",
    "RecipeError": "errors",
    "Samples": "inference.samples",
    "Spec": "spec",
    "Starter": "spec",
    "UsageError": "errors",
    "assemble": "api",
    "generate": "api",
    "hookimpl": "hookspecs",
    "list_recipes": "api",
    "load": "api",
    "load_recipe": "api",
    "train": "api",
}

__all__ = [
    "API_VERSION",
    "GAN",
    "BadValue",
    "DataError",
    "MmganError",
    "Model",
    "ModelRef",
    "Options",
    "Recipe",
    "RecipeError",
    "Samples",
    "Spec",
    "Starter",
    "UsageError",
    "assemble",
    "generate",
    "hookimpl",
    "list_recipes",
    "load",
    "load_recipe",
    "train",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib import metadata

        return metadata.version("mmgan-zoo")
    if name not in _HOMES:
        raise AttributeError(f"module 'mmgan_core' has no attribute {name!r}")
    return getattr(import_module(f"mmgan_core.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
