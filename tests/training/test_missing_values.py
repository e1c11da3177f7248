"""What a row without a given value teaches: what one teaches in which the entry is not given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from torch import Tensor

from mmgan_core.components.sources.digits import PACK
from mmgan_core.contracts import Encoding
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.run_directory import read_metrics
from mmgan_core.training.matching_aware import mismatched
from mmgan_core.training.run import train
from tests.training.by_hand import Apart, game, two_rows

LACKS = {"a": torch.tensor([True, False])}


class ApartIfThere(Apart):
    """The same, of the rows that have a value."""

    takes_present: ClassVar[bool] = True

    def forward(
        self,
        encodings: Mapping[str, Encoding],
        same: Tensor,
        present: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        assert present is not None
        there = present["a"].float()
        return super().forward(encodings, same & (there[:, None] * there[None] > 0))


@pytest.mark.parametrize("side", ["discriminator", "generator"])
def test_a_row_without_a_value_is_a_row_that_is_not_shown(side: str) -> None:
    """The loss, the metrics and the gradients are those of hiding the second row."""
    one, other = game(), game(hidden=(1,))
    lacking = replace(two_rows(one.blueprint), present=LACKS)
    assert one.play(side, batch=lacking) == other.play(side)
    assert one.play(side, batch=lacking) != one.play(side)


def test_the_value_that_stands_in_makes_no_difference() -> None:
    one = game()
    found = [
        one.play("discriminator", batch=replace(two_rows(one.blueprint, given=v), present=LACKS))
        for v in ((1.0, 3.0), (1.0, -50.0))
    ]
    assert found[0] == found[1]


def test_an_alignment_is_told() -> None:
    """u = (0.5, 1.5): of the first row alone u u = 0.25, of both 0.25 + 2.25."""
    both = {"given": ("a", "b"), "recipe": {"align": "x/y"}}
    whole, partly = game(align=Apart, **both), game(align=ApartIfThere, **both)
    assert whole.play("discriminator")[1]["align"] == pytest.approx(2.5)
    lacking = replace(two_rows(partly.blueprint), present=LACKS)
    assert partly.play("discriminator", batch=lacking)[1]["align"] == pytest.approx(0.25)


def test_a_row_without_a_value_lends_none() -> None:
    encodings = {"a": Encoding(torch.tensor([[0.0], [1.0], [2.0], [3.0]]))}
    shown = {"a": torch.tensor([True, True, False, False])}
    present = {"a": torch.tensor([True, True, True, False])}
    lent = set()
    for _ in range(40):
        rows = mismatched(encodings, shown, torch.arange(4), present)["a"]
        lent |= set(rows[:2].tolist())
        assert rows[2:].tolist() == [2, 3], "what is not shown is not replaced"
    assert lent == {0, 1, 2}, "a row that is only hidden may lend its value"


def test_a_gan_trains_with_half_of_the_values_missing(
    small: Callable[..., Recipe], tmp_path: Path
) -> None:
    for split in ("train", "test"):
        table = pq.read_table(PACK / f"handwriting-{split}.parquet")
        seen = [v if n % 2 else None for n, v in enumerate(table["image"].to_pylist())]
        column = pa.array(seen, type=table["image"].type)
        pq.write_table(table.append_column("seen", column), tmp_path / f"{split}.parquet")
    entry = {"encoder": {"use": "image/conv", "dim": 8, "width": 4}, "may_be_missing": True}
    size = {"use": "image/image", "channels": 1, "height": 8, "width": 8}
    recipe = small().plain()
    recipe["data"] = {"use": f"parquet:{tmp_path}"}
    recipe["given"] = {
        "seen": {**entry, "modality": size},
        "label": {"encoder": {"use": "core/label-embedding", "dim": 8}},
    }
    recipe["align"] = {"use": "objectives/contrastive", "same": "label"}
    recipe["make"]["image"]["matching_aware"] = 0.1
    result = train(Recipe.model_validate(recipe), tmp_path / "run", cpu=True)
    assert (result.outcome, result.samples) == ("finished", 128)
    assert all(0 < row["align"] < 10 for row in read_metrics(tmp_path / "run"))
