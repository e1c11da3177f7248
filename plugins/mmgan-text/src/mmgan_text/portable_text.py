"""How other engines read and show texts: as plain data."""

from __future__ import annotations

from mmgan_core.contracts import Modality, NotPortable
from mmgan_text.text_of_ids import TextOfIds


def composing(modality: Modality) -> dict[str, object]:
    """How a text is read before anything is made of it: see ``TextOfIds.composed``.

    Raises:
        NotPortable: if the modality reads texts in a way of its own.
    """
    if not isinstance(modality, TextOfIds) or type(modality).decode is not TextOfIds.decode:
        raise NotPortable(f"{type(modality).__name__} reads texts in a way of its own")
    return {"lower": modality.options.lower}
