"""Data in memory: every form becomes the same columns; a run knows its data by their content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas  # type: ignore[import-untyped]
import pytest
import torch
from torch.utils.data import Dataset, IterableDataset, TensorDataset

import mmgan_core as mmgan
from mmgan_core import DataError, UsageError
from mmgan_core.components.sources.memory import hold
from mmgan_core.components.sources.memory_forms import splits_of
from mmgan_core.components.sources.memory_table import MemoryTable, digest_of

from .conftest import labels, pictures

QUICK: dict[str, Any] = {"cpu": True, "train.samples": 16}


def samples(count: int) -> dict[str, Any]:
    return {"cpu": True, "train.samples": count}


class Pairs(Dataset[Any]):
    """Items that are mappings."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, at: int) -> dict[str, object]:
        return {"image": torch.full((1, 2, 2), at / 4), "label": at % 2}


def read(data: Any, **how: Any) -> dict[str, list[object]]:
    table = splits_of(data, **how)["train"]
    return {name: table.values(name, range(len(table))) for name in table.columns}


@pytest.mark.parametrize(
    "data",
    [
        {"number": [0.5, 1.5], "label": ["a", "b"]},
        {"number": np.array([0.5, 1.5]), "label": ("a", "b")},
        {"number": torch.tensor([0.5, 1.5]), "label": iter(["a", "b"])},
        [{"number": 0.5, "label": "a"}, {"number": 1.5, "label": "b"}],
        pandas.DataFrame({"number": [0.5, 1.5], "label": ["a", "b"]}, index=[7, 3]),
        {"number": pandas.Series([0.5, 1.5], index=[7, 3]), "label": ["a", "b"]},
    ],
    ids=["lists", "array", "tensor", "records", "frame", "series"],
)
def test_every_form_gives_the_same_columns(data: Any) -> None:
    assert read(data) == {"number": [0.5, 1.5], "label": ["a", "b"]}


def test_a_data_set_of_the_library_gives_its_columns_and_is_known_by_their_content() -> None:
    datasets = pytest.importorskip("datasets")
    one, two = (datasets.Dataset.from_dict({"label": ["a", text]}) for text in ("b", "c"))
    assert read(one) == {"label": ["a", "b"]}
    again = datasets.Dataset.from_dict({"label": ["a", "b"]})
    assert hold(one) == hold(again) != hold(two)


def test_items_of_a_torch_data_set_are_columns_by_their_keys_or_by_names() -> None:
    assert read(Pairs())["label"] == ["0", "1", "0", "1"]
    pairs = TensorDataset(torch.arange(6).reshape(3, 2).float(), torch.tensor([1, 0, 1]))
    found = read(pairs, names=("point", "label"))
    assert found["label"] == ["1", "0", "1"]
    assert torch.equal(torch.stack(found["point"]), torch.arange(6).reshape(3, 2).float())  # type: ignore[arg-type]


def test_single_values_are_the_column_of_the_only_entry() -> None:
    sound = (np.zeros(3), 8_000)
    assert read([sound, sound], alone="audio") == {"audio": [sound, sound]}
    assert len(read(np.zeros((5, 2, 2)), alone="image")["image"]) == 5


def test_whole_numbers_are_labels_by_their_names_and_what_is_missing_is_none() -> None:
    frame = pandas.DataFrame(
        {
            "kind": pandas.Categorical(["b", None, "a"], categories=["b", "a", "c"]),
            "count": pandas.array([2, None, 10], dtype="Int64"),
            "size": [0.5, float("nan"), 1.0],
        }
    )
    table = MemoryTable(splits_of(frame)["train"]._values)  # type: ignore[attr-defined]
    assert splits_of(frame)["train"].columns["kind"].names == ("b", "a", "c")
    assert table.columns["count"].names == ("2", "10")
    assert read(frame) == {
        "kind": ["b", None, "a"],
        "count": ["2", None, "10"],
        "size": [0.5, None, 1],
    }


@pytest.mark.parametrize(
    ("data", "how", "said"),
    [
        (object(), {}, "data of type object cannot be read"),
        ({"a": [1, 2], "b": [1]}, {}, r"unlike numbers of rows \(a: 2, b: 1\)"),
        ({"a": []}, {}, "no rows"),
        ({"a": "words"}, {}, "the column 'a' is 'words'"),
        ([1, 2], {}, "one column, and the recipe uses several"),
        ([(1, 2)], {}, "tuples of 2 values, which have no names"),
        ([(1, 2), (1,)], {"names": ("a", "b")}, "row 1 has 1 values, but names has 2: a, b"),
        ({"a": [object(), object()]}, {}, "holds values of type object"),
        ({"a": np.array([{}, {}], dtype=object)[:, None]}, {}, "holds values of type ndarray"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    data: Any, how: Mapping[str, Any], said: str
) -> None:
    with pytest.raises((UsageError, DataError), match=said):
        splits_of(data, **how)


def test_a_data_set_without_a_length_is_refused() -> None:
    class Endless(IterableDataset[int]):
        def __iter__(self) -> Iterator[int]:
            return iter(int, 1)

    class Unknown(Dataset[int]):
        """It does not say how long it is."""

    for data in (Endless(), Unknown()):
        with pytest.raises(UsageError, match="does not say how many items it has"):
            splits_of(data)
    stream = pytest.importorskip("datasets").Dataset.from_dict({"a": [1]}).to_iterable_dataset()
    with pytest.raises(UsageError, match="no rows by number"):
        splits_of(stream)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([np.zeros(4, np.uint8)], [np.zeros((2, 2), np.uint8)]),
        ([np.zeros(4, np.uint8)], [np.zeros(1, np.uint32)]),
        (["ab", "c"], ["a", "bc"]),
        ([b"1"], ["1"]),
        ([1.0], [None]),
        ([(1, 2), (3,)], [(1,), (2, 3)]),
        (pictures(1), pictures(2)[1:]),
    ],
)
def test_other_content_has_another_digest(one: list[object], other: list[object]) -> None:
    assert digest_of(MemoryTable({"a": one})) != digest_of(MemoryTable({"a": other}))


def test_a_file_is_known_by_its_content_and_not_by_its_path(tmp_path: Path) -> None:
    for name, text in [("a", "same"), ("b", "same"), ("c", "other")]:
        (tmp_path / name).write_text(text, encoding="utf-8")
    a, b, c = (digest_of(MemoryTable({"x": [tmp_path / name]})) for name in "abc")
    assert a == b != c


def test_the_test_rows_are_a_share_that_never_moves_when_rows_come(data: dict[str, Any]) -> None:
    from mmgan_core.assembly.opening import open_source

    def test_rows(count: int, **options: Any) -> list[str]:
        source = open_source({**hold({"x": [f"r{n}" for n in range(count)]}), **options})
        (train,), (test,) = source.tables("train"), source.tables("test")
        assert len(train) + len(test) == count
        return [str(value) for value in test.values("x", range(len(test)))]

    few, many = test_rows(100), test_rows(200)
    assert many[: len(few)] == few
    assert 3 <= len(few) <= 20
    assert test_rows(100, split_seed=1) != few
    assert len(test_rows(100, test_fraction=0.5)) > 35


def test_named_splits_stay_what_they_are() -> None:
    from mmgan_core.assembly.opening import open_source

    source = open_source(hold({"train": {"x": ["a", "b"]}, "test": {"x": ["c"]}}))
    assert source.tables("test")[0].values("x", [0]) == ["c"]
    assert len(source.tables("train")[0]) == 2


def test_a_recipe_without_data_is_trained_on_them_and_resumed_to_the_same_weights(
    recipe: Path, data: dict[str, Any], tmp_path: Path
) -> None:
    whole = mmgan.train(recipe, tmp_path / "whole", data=data, **samples(64))
    mmgan.train(recipe, tmp_path / "half", data=data, **samples(32))
    again = {"image": pictures(), "label": labels()}  # the same content, other objects
    half = mmgan.train(recipe, tmp_path / "half", data=again, resume=True, **samples(64))
    ours, theirs = whole.gan.maker_state(), half.gan.maker_state()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_resuming_without_the_data_or_with_others_is_refused(
    recipe: Path, data: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mmgan.train(recipe, data=data, **QUICK)
    with pytest.raises(UsageError, match="was trained on data in memory") as refused:
        mmgan.train(recipe, resume=True, **QUICK)
    assert "data=..." in refused.value.hint
    other = {**data, "label": data["label"][::-1]}
    with pytest.raises(DataError, match="their content differs"):
        mmgan.train(recipe, data=other, resume=True, **QUICK)


def test_a_run_in_another_process_says_what_to_give(
    recipe: Path, data: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mmgan.train(recipe, tmp_path / "run", data=data, **QUICK)
    monkeypatch.setattr("mmgan_core.components.sources.memory._held", {})
    model = mmgan.load(tmp_path / "run")
    assert model.generate(label="left").image[0].size == (8, 8)
    with pytest.raises(DataError, match="they are not in this process") as refused:
        mmgan.export(tmp_path / "run", tmp_path / "model")
    assert "export(run, folder, data=...)" in refused.value.hint
    assert mmgan.export(tmp_path / "run", tmp_path / "model", data=data).manifest.name == "halves"


def test_options_of_the_data_stand_beside_them(
    recipe: Path, data: dict[str, Any], tmp_path: Path
) -> None:
    from mmgan_core.assembly.given_data import recipe_of

    renamed = {"picture": data["image"], "label": data["label"]}
    changes: dict[str, Any] = {
        "data.columns": {"image": "picture", "label": "label"},
        "data.limit": 20,
    }
    found = recipe_of(recipe, changes, renamed)
    assert found.data.options["limit"] == 20
    assert mmgan.train(recipe, tmp_path / "run", data=renamed, **QUICK, **changes).samples == 16


def test_a_list_of_pictures_trains_a_recipe_with_one_entry(alone: Path, tmp_path: Path) -> None:
    model = mmgan.train(alone, tmp_path / "run", data=pictures(), **QUICK)
    assert len(model.generate(count=2).image) == 2
    tensors = torch.stack([torch.tensor(np.array(one))[None] for one in pictures()])
    again = mmgan.train(alone, tmp_path / "other", data=tensors, **QUICK)
    ours, theirs = model.gan.maker_state(), again.gan.maker_state()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_assemble_takes_them_too(recipe: Path, data: dict[str, Any]) -> None:
    assert mmgan.assemble(recipe, data).encoders.keys() == {"label"}


def test_what_is_measured_with_may_be_in_memory(
    recipe: Path, data: dict[str, Any], tmp_path: Path
) -> None:
    model = mmgan.train(recipe, tmp_path / "run", data=data, **QUICK)
    measured = mmgan.evaluate(model, {"train": data, "test": data}, count=8)
    assert measured.path is None
    assert set(measured.as_dict()["image"]) == {"nothing", "label", "label, shuffled"}
    assert "Fréchet distance" in repr(measured)
    assert measured._repr_html_().count("<tr>") == len(measured.rows) + 1
    # A table has no truth value, unlike a dict.
    assert mmgan.evaluate(model, pandas.DataFrame(data), count=2).rows


def test_sound_without_a_rate_says_how_it_is_given() -> None:
    waveform = pytest.importorskip("mmgan_audio.waveform")
    with pytest.raises(mmgan.BadValue, match=r"give \(array, rate\)"):
        waveform.decode_waveform(np.zeros(8), rate=8_000, max_seconds=1)
