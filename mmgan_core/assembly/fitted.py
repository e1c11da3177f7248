"""Options of a modality that only the built modality can find in the data, files among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from mmgan_core.assembly.parts import Part
from mmgan_core.component import options_of, placed
from mmgan_core.contracts import Modality
from mmgan_core.foundation.kept_files import kept_name

FEW = 256
"""From how many values of a column options are suggested, unless a modality asks for more."""

# The first values of some columns, so many of each.
FirstValues = Callable[[Sequence[str], int], list[object]]


def fitted(part: Part, column: str, first_values: FirstValues) -> Part:
    """The modality with the options that it fits to the data.

    A modality that finds a file is built with it and asked once more.
    """
    built: Modality = part.build()
    values = first_values(built.fit_columns or (column,), max(FEW, built.fit_count))
    with placed(part.where):
        found = built.fit(values)
    given = part.options.model_dump(exclude_unset=True)
    new = {name: value for name, value in found.items() if name not in given}
    if not new:
        return part
    files = {name: value for name, value in new.items() if isinstance(value, bytes)}
    options = {**new, **given, **{name: kept_name(files[name]) for name in files}}
    checked = options_of(part.cls, options, where=part.where)
    part = replace(part, options=checked, files={**part.files, **files})
    return fitted(part, column, first_values) if files else part
