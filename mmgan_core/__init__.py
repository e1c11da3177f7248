"""Build, train, share and use GANs over image, audio, text and labels, in any combination.

Names are resolved when first used: importing this package imports neither torch nor a plugin.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmgan_core.api import (
        assemble,
        evaluate,
        explain,
        generate,
        list_components,
        list_models,
        list_recipes,
        load,
        load_recipe,
        train,
    )
    from mmgan_core.assembly.gan import GAN
    from mmgan_core.errors import BadValue, DataError, MmganError, RecipeError, UsageError
    from mmgan_core.hookspecs import API_VERSION, hookimpl
    from mmgan_core.inference.model import Model
    from mmgan_core.inference.samples import Samples
    from mmgan_core.options import FileRef, ModelRef, Options
    from mmgan_core.plugins.local_code import register
    from mmgan_core.publishing.sharing import export, pull, push, verify
    from mmgan_core.recipe.schema import Recipe
    from mmgan_core.spec import Spec, Starter
    from mmgan_core.training.callbacks import TrainingProgress
    from mmgan_core.zoo.budget import allowing

    __version__: str

_HOMES = {
    "API_VERSION": "hookspecs",
    "BadValue": "errors",
    "DataError": "errors",
    "FileRef": "options",
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
    "TrainingProgress": "training.callbacks",
    "UsageError": "errors",
    "allowing": "zoo.budget",
    "assemble": "api",
    "evaluate": "api",
    "explain": "api",
    "export": "publishing.sharing",
    "generate": "api",
    "hookimpl": "hookspecs",
    "list_components": "api",
    "list_models": "api",
    "list_recipes": "api",
    "load": "api",
    "load_recipe": "api",
    "pull": "publishing.sharing",
    "push": "publishing.sharing",
    "register": "plugins.local_code",
    "train": "api",
    "verify": "publishing.sharing",
}

__all__ = [
    "API_VERSION",
    "GAN",
    "BadValue",
    "DataError",
    "FileRef",
    "MmganError",
    "Model",
    "ModelRef",
    "Options",
    "Recipe",
    "RecipeError",
    "Samples",
    "Spec",
    "Starter",
    "TrainingProgress",
    "UsageError",
    "allowing",
    "assemble",
    "evaluate",
    "explain",
    "export",
    "generate",
    "hookimpl",
    "list_components",
    "list_models",
    "list_recipes",
    "load",
    "load_recipe",
    "pull",
    "push",
    "register",
    "train",
    "verify",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib import metadata

        return metadata.version("mmgan-zoo")
    if name not in _HOMES:
        raise AttributeError(f"module 'mmgan_core' has no attribute {name!r}")
    from mmgan_core.foundation.importing import without_collecting

    with without_collecting():
        return getattr(import_module(f"mmgan_core.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
