"""A data section becomes a source: which component, with which options."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import Field

from mmgan_core.assembly.opening import open_source
from mmgan_core.contracts import DataSource
from mmgan_core.errors import RecipeError
from mmgan_core.options import Options


class File(DataSource):
    class Options(Options):
        path: str = ""
        names: dict[str, str] = Field({})

    def tables(self, split: str) -> list[Any]:
        return []


class Several(DataSource):
    class Options(Options):
        sources: list[dict[str, Any]] = Field([])

    def connect(self, opened: Any) -> None:
        options: Any = self.options
        self.inner = [opened(one) for one in options.sources]

    def tables(self, split: str) -> list[Any]:
        return []


class Known:
    """A catalogue of two plugins, both of which know files."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def of(self, kind: str) -> list[Any]:
        ids = ("core/file", "mine/file", "core/several", "core/web")
        return [SimpleNamespace(id=name, plugin=name.partition("/")[0]) for name in ids]

    def file_kinds(self) -> dict[str, str]:
        return {"mid": "tune"}

    def get(self, kind: str, use: str, *, where: str) -> Any:
        return SimpleNamespace(id=use)

    def load(self, kind: str, use: str, *, where: str) -> Any:
        self.asked.append((kind, use, where))
        return Several if use == "core/several" else File


def opened(data: dict[str, Any], known: Any = None, **more: Any) -> Any:
    return open_source(data, known or Known(), **more)


def test_a_component_and_its_options() -> None:
    known, data = Known(), {"use": "mine/file", "path": "here", "names": {"a": "b"}}
    found = opened(data, known)
    assert isinstance(found, File)
    assert (found.options.path, found.options.names) == ("here", {"a": "b"})  # type: ignore[attr-defined]
    assert known.asked == [("data_source", "mine/file", "data")]
    assert data["use"] == "mine/file", "the recipe stays as it is"


def test_a_scheme_and_what_follows_is_the_path() -> None:
    known = Known()
    assert opened({"use": "file:C:/x:y"}, known).options.path == "C:/x:y"
    assert known.asked == [("data_source", "core/file", "data")], "the core's, if it has one"
    known = Known()
    assert opened({"use": "web:http://x", "names": {}}, known).options.path == "http://x"
    assert known.asked[0][1] == "core/web"


def test_a_full_id_and_what_follows_is_the_path() -> None:
    known = Known()
    assert opened({"use": "mine/file:C:/x:y"}, known).options.path == "C:/x:y"
    assert known.asked == [("data_source", "mine/file", "data")]
    with pytest.raises(RecipeError, match="there is no data source 'mine/fil:'") as told:
        opened({"use": "mine/fil:x"})
    assert "'mine/file'" in str(told.value.hint)


def test_a_scheme_that_nobody_knows() -> None:
    with pytest.raises(RecipeError, match="here: there is no data source 'fil:'") as told:
        opened({"use": "fil:x"}, where="here")
    assert told.value.hint is not None
    assert "'file'" in told.value.hint


def test_sources_inside_of_sources() -> None:
    known = Known()
    inner = [{"use": "file:one"}, {"use": "mine/file", "path": "two"}]
    found = opened({"use": "core/several", "sources": inner}, known, where="there")
    assert [one.options.path for one in found.inner] == ["one", "two"]
    place = "there.sources"
    assert known.asked[1:] == [
        ("data_source", "core/file", place),
        ("data_source", "mine/file", place),
    ]


def test_an_option_that_is_wrong_names_its_place() -> None:
    with pytest.raises(RecipeError, match="data: unknown option 'pth'"):
        opened({"use": "mine/file", "pth": "x"})
