"""Identifies what a component computes, so that what another one computed is not used for it."""

from __future__ import annotations

from mmgan_core.contracts import Encoder, Modality
from mmgan_core.foundation.code_hash import code_hash


def identity(*components: Encoder | Modality) -> str:
    """Return a key that is the same only for the same options, code and files.

    It identifies what ``prepare`` returns, and an encoder before it is trained. It is part of the
    keys of caches; see ``code_hash.is_lasting``.
    """
    return "|".join(_of(one, frozenset()) for one in components)


def prepared_identity(component: Encoder | Modality) -> str:
    """Return a key of what ``prepare`` returns alone, whatever the options of learning are."""
    ignored = component.learning_options if isinstance(component, Encoder) else frozenset()
    return _of(component, ignored)


def _of(component: Encoder | Modality, ignored: frozenset[str]) -> str:
    options = component.options.model_dump_json(exclude=set(ignored))
    return f"{code_hash(type(component))}{component.fingerprint()}{options}"
