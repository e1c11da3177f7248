"""Matching-aware negatives: what stands beside a real sample as a wrong condition."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from mmgan_core import load_recipe
from mmgan_core.contracts import Encoding
from mmgan_core.errors import RecipeError
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.matching_aware import mismatched
from mmgan_core.training.run import train


def encodings(*codes: list[int]) -> dict[str, Encoding]:
    return {
        name: Encoding(torch.tensor(code)[:, None].float())
        for name, code in zip("ab", codes, strict=False)
    }


def everything(rows: int) -> dict[str, torch.Tensor]:
    return {name: torch.ones(rows, dtype=torch.bool) for name in "ab"}


def test_a_different_value_replaces_each_rows_own() -> None:
    codes = [0, 0, 1, 1, 2, 2]
    chosen = set()
    for _ in range(50):
        rows = mismatched(encodings(codes), everything(6), torch.arange(6))["a"]
        assert all(codes[i] != codes[j] for i, j in enumerate(rows.tolist()))
        chosen |= set(enumerate(rows.tolist()))
    assert len(chosen) == 6 * 4, "every row that differs is chosen"


def test_one_entry_is_replaced_at_a_time() -> None:
    chosen = set()
    for _ in range(50):
        rows = mismatched(encodings([0, 0, 1, 1], [0, 1, 0, 1]), everything(4), torch.arange(4))
        for row in range(4):
            changed = [name for name in "ab" if rows[name][row] != row]
            assert len(changed) == 1
            chosen.add((row, changed[0], int(rows[changed[0]][row])))
    assert len(chosen) == 4 * 2 * 2, "either thing, by every row that has it otherwise"


def test_rows_of_the_same_meaning_do_not_replace_one_another() -> None:
    meaning = torch.tensor([0, 0, 1, 1])
    rows = mismatched(encodings([0, 1, 2, 3]), everything(4), meaning)["a"]
    assert [row // 2 for row in rows.tolist()] == [1, 1, 0, 0]


def test_hidden_entries_make_no_difference() -> None:
    shown = {"a": torch.tensor([True, True, False]), "b": torch.tensor([False, True, True])}
    for _ in range(20):
        rows = mismatched(encodings([0, 0, 1], [0, 1, 1]), shown, torch.arange(3))
        assert (rows["a"][0], rows["b"][0]) == (2, 0), "of a, only the third has another"
        assert (rows["a"][2], rows["b"][2]) == (2, 0), "of b, only the first has another"
        assert (rows["a"][1], rows["b"][1]) in ((2, 1), (1, 0))


def test_a_batch_with_one_meaning_stays_as_it_is() -> None:
    rows = mismatched(encodings([4, 4]), everything(2), torch.arange(2))
    assert rows["a"].tolist() == [0, 1]
    assert mismatched({}, {}, torch.arange(3)) == {}


def test_it_trains_and_is_logged(small: Callable[..., Recipe], tmp_path: Path) -> None:
    run = train(small(make__image__matching_aware=0.5), tmp_path / "run")
    assert '"image/matching_aware"' in (run.path / "metrics.jsonl").read_text()


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_its_weight_is_checked(small: Callable[..., Recipe], weight: Any) -> None:
    with pytest.raises(RecipeError, match=r"make\.image\.matching_aware"):
        small(make__image__matching_aware=weight)


def test_it_needs_given_entries() -> None:
    with pytest.raises(RecipeError, match="matching_aware needs a condition"):
        load_recipe("digits-unconditional", **{"make.image.matching_aware": 1.0})
