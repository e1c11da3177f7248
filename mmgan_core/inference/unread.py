"""What a model does not read of the values that it is given is said, once for each entry.

What rows of the data hold is no news: whoever makes samples from rows does so within ``of_rows``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from mmgan_core.assembly.gan import GAN
from mmgan_core.errors import BadValue, Unread

_OF_ROWS: ContextVar[bool] = ContextVar("of_rows", default=False)
# From here over the method of the model and what torch wraps around it.
_CALLER = 5


@contextmanager
def of_rows() -> Iterator[None]:
    """Say nothing within: the given values are rows of data."""
    token = _OF_ROWS.set(True)
    try:
        yield
    finally:
        _OF_ROWS.reset(token)


def say_unread(gan: GAN, given: Mapping[str, Sequence[object]]) -> None:
    """Warn of the given values of which a part is not read; those that cannot be read stay.

    Args:
        given: the raw values of each given entry that does not keep their size.
    """
    if _OF_ROWS.get():
        return
    for name, values in given.items():
        distinct = list({id(value): value for value in values}.values())
        found = [unread for value in distinct if (unread := _unread(gan, name, value))]
        if found:
            several = f"{len(found)} of {len(distinct)} values are cut; of the first, "
            said = found[0] if len(distinct) == 1 else several + found[0]
            warnings.warn(f"{name}: {said}", Unread, stacklevel=_CALLER)


def _unread(gan: GAN, name: str, value: object) -> str:
    try:
        return gan.encoder(name).unread(value)
    except BadValue:  # refused when it is prepared
        return ""
