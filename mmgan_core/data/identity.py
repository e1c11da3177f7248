"""Identifies what a component computes, so that what another one computed is not used for it."""

from __future__ import annotations

from mmgan_core.contracts import Encoder, Modality
from mmgan_core.foundation.code_hash import code_hash


def identity(*components: Encoder | Modality) -> str:
    """Return a key that is the same only for the same options, code and files.

    It identifies what ``prepare`` returns, and an encoder before it is trained. It is part of the
    keys of caches; see ``code_hash.is_lasting``.
    """
    return "|".join(
        f"{code_hash(type(one))}{one.fingerprint()}{one.options.model_dump_json()}"
        for one in components
    )
