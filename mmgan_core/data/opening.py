"""A recipe's data section becomes a data source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmgan_core.component import options_of
from mmgan_core.contracts import DataSource
from mmgan_core.errors import RecipeError, nearest
from mmgan_core.plugins.catalogue import Catalogue


def open_source(
    data: Mapping[str, Any], catalogue: Catalogue, *, where: str = "data"
) -> DataSource:
    """The source that ``{use: ..., **options}`` or ``{use: "parquet:PATH"}`` names.

    Raises:
        RecipeError: if there is no such source or its options are wrong.
    """
    options = dict(data)
    use = str(options.pop("use", ""))
    scheme, colon, path = use.partition(":")
    if colon:
        use = _scheme(scheme, catalogue, where)
        options["path"] = path
    cls = catalogue.load("data_source", use, where=where)
    source: DataSource = cls(options_of(cls, options, where=where))
    build = getattr(source, "build", None)
    if build is not None:
        build(lambda inner: open_source(inner, catalogue, where=f"{where}.sources"))
    return source


def _scheme(scheme: str, catalogue: Catalogue, where: str) -> str:
    # No plugin takes `parquet:` from the core.
    specs = sorted(catalogue.of("data_source"), key=lambda spec: spec.plugin == "core")
    known = {spec.id.partition("/")[2]: spec.id for spec in specs}
    if scheme not in known:
        raise RecipeError(
            f"{where}: there is no data source {scheme + ':'!r}", hint=nearest(scheme, known)
        )
    return known[scheme]
