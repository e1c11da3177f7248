"""A path alone names no data source; the message names the source that fits what lies there."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmgan_core import RecipeError
from mmgan_core.assembly.opening import open_source


@pytest.mark.parametrize(
    ("file", "named", "hint"),
    [
        ("photos/cats/one.png", "photos", "name it folder:photos"),
        ("pack/train.parquet", "pack", "name it parquet:pack"),
        ("pack/train.parquet", "pack/train.parquet", "name it parquet:pack/train.parquet"),
        ("core/digits-of-mine/a.png", "core/digits-of-mine", "name it folder:core/digits-of-mine"),
        ("photos/one.png", "./photos", "name it folder:photos"),
        ("texts/lines.csv", "texts/lines.csv", "name it table:texts/lines.csv"),
    ],
)
def test_a_bare_path_is_refused_with_the_source_that_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, named: str, hint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).touch()
    with pytest.raises(RecipeError, match="is a path, which does not say") as told:
        open_source({"use": named})
    assert told.value.hint == hint


def test_a_source_is_a_source_whatever_lies_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "core/digits").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert open_source({"use": "core/digits"}).tables("train")
    with pytest.raises(RecipeError, match="core/digit"):
        open_source({"use": "core/digit"})
