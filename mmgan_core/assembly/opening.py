"""Opens a recipe: its data section as a data source, the whole recipe as a blueprint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.assembly.bare_paths import fitting_source
from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.choosing import OpenFile, OpenModel, chosen_part
from mmgan_core.contracts import DataSource
from mmgan_core.errors import RecipeError, nearest
from mmgan_core.foundation.kept_files import open_file
from mmgan_core.plugins.catalogue import Catalogue, catalogue
from mmgan_core.recipe.schema import Recipe


def open_source(
    data: Mapping[str, object], known: Catalogue | None = None, *, where: str = "data"
) -> DataSource:
    """Open the data source that a data section names.

    Args:
        data: ``{use: ..., **options}``, ``{use: "parquet:PATH"}`` or, if several plugins have a
            source of this name, ``{use: "plugin/parquet:PATH"}``.
        known: the components to choose from; default: the installed components.
        where: the name of the section in messages.

    Raises:
        RecipeError: if the source does not exist or its options are wrong.
    """
    known = known or catalogue()
    options = dict(data)
    use = str(options.pop("use", ""))
    scheme, colon, path = use.partition(":")
    if colon:
        use = _scheme(scheme, known, where)
        options["path"] = path
    else:
        _refuse_bare_path(use, known, where)
    source: DataSource = chosen_part("data_source", use, options, where, known).build()
    source.file_kinds = known.file_kinds()
    source.connect(lambda inner: open_source(inner, known, where=f"{where}.{source.inner}"))
    return source


def open_recipe(
    recipe: Recipe, open_model: OpenModel | None = None, open_file: OpenFile = open_file
) -> tuple[Blueprint, DataSource]:
    """Open the data of a recipe and make its blueprint.

    Options that the recipe leaves open are inferred from the training data.

    Args:
        open_model: loads the frozen models that components name.
        open_file: reads the files that components name; by default by their paths.

    Raises:
        MmganError: if a component does not fit, or the data cannot be opened.
    """
    source = open_source(recipe.data.model_dump(), catalogue())
    tables = source.tables("train")
    return make_blueprint(recipe, catalogue(), tables, open_model, open_file), source


def _refuse_bare_path(use: str, known: Catalogue, where: str) -> None:
    schemes = _schemes(known)
    fitting = fitting_source(Path(use), schemes) if use and use not in schemes else ""
    if fitting:
        raise RecipeError(
            f"{where}: {use!r} is a path, which does not say how it is read",
            hint=f"name it {fitting}",
        )


def _schemes(known: Catalogue) -> dict[str, str]:
    # The core comes last here, so that it wins: no plugin can take over `parquet:`.
    specs = sorted(known.of("data_source"), key=lambda spec: spec.plugin == "core")
    by_scheme = {spec.id.partition("/")[2]: spec.id for spec in specs}
    return by_scheme | {spec.id: spec.id for spec in specs}


def _scheme(scheme: str, known: Catalogue, where: str) -> str:
    by_scheme = _schemes(known)
    if scheme not in by_scheme:
        raise RecipeError(
            f"{where}: there is no data source {scheme + ':'!r}", hint=nearest(scheme, by_scheme)
        )
    return by_scheme[scheme]
