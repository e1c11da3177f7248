"""Imports without collecting garbage, after which it is collected as before."""

from __future__ import annotations

import gc

import pytest

from mmgan_core.foundation.importing import without_collecting


def test_garbage_is_collected_again_afterwards() -> None:
    with without_collecting():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_garbage_is_collected_after_an_import_that_failed() -> None:
    with pytest.raises(ImportError), without_collecting():
        raise ImportError("not installed")
    assert gc.isenabled()


def test_who_does_not_collect_goes_on_not_collecting() -> None:
    gc.disable()
    try:
        with without_collecting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
