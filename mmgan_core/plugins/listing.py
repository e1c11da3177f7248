"""Lists the components that recipes can use here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmgan_core.errors import UsageError, nearest
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.spec import KINDS, Kind


@dataclass(frozen=True)
class ListedComponent:
    """A component that recipes can use.

    Attributes:
        kind: what it is, such as ``generator``.
        id: its id, ``plugin/name``.
        version: its version, which is raised when older weights would no longer load.
        modalities: the kinds of data that it works on; empty for any.
        summary: what it does, in one line.
        distribution: the package that brings it.
    """

    kind: Kind
    id: str
    version: int
    modalities: list[str]
    summary: str
    distribution: str


def kind_of(text: str, others: Sequence[str] = ()) -> Kind:
    """The kind of components that a text names: ``joint-discriminators`` is joint_discriminator.

    Args:
        others: what could have been meant too, for messages.

    Raises:
        UsageError: names the nearest.
    """
    name = text.replace("-", "_")
    found = {written: kind for kind in KINDS for written in (kind, f"{kind}s", f"{kind}es")}
    found |= {f"{kind[:-1]}ies": kind for kind in KINDS if kind.endswith("y")}
    if name not in found:
        raise UsageError(f"there is no kind {name!r}", hint=nearest(name, [*KINDS, *others]))
    return found[name]


def listed_components(
    kind: Kind | None = None, modality: str | None = None
) -> list[ListedComponent]:
    """The components of a kind, or of all; if a modality is named, those that work on it.

    Raises:
        UsageError: if there is no such modality.
    """
    known = catalogue()
    kinds_of_data = {name for spec in known.of("modality") for name in spec.modalities}
    if modality is not None and modality not in kinds_of_data:
        raise UsageError(
            f"there is no modality {modality!r}", hint=nearest(modality, kinds_of_data)
        )
    return [
        ListedComponent(
            kind=found,
            id=spec.id,
            version=spec.version,
            modalities=list(spec.modalities),
            summary=spec.summary,
            distribution=known.owner(found, spec.id),
        )
        for found, spec in known
        if kind in (None, found) and (modality is None or spec.fits(modality))
    ]
