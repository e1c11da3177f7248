"""The recipe goes through everything that a real one does, and fails when it is told to."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import mmgan_core as mmgan
from mmgan_core.evaluation.evaluate import evaluate
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.reading import find_recipe
from mmgan_core.training.run import Run, train

Echo = Callable[..., Run]


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Echo:
    """Trains the recipe with changes by dotted key."""
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))

    def call(run: str = "run", *, resume: bool = False, **changes: object) -> Run:
        dotted = {key.replace("__", "."): value for key, value in changes.items()}
        recipe = mmgan.load_recipe("echo", **dotted)
        return train(recipe, tmp_path / run, resume=resume, cpu=True)

    return call


def test_it_needs_no_other_plugin() -> None:
    used = re.findall(r"\b([a-z]+)/[a-z-]+", find_recipe("echo").read_text("utf-8"))
    assert set(used) == {"core", "echo"}
    assert catalogue().modality_for("echo", where="").id == "echo/number"


def test_it_trains_learns_and_is_measured(echo: Echo) -> None:
    run = echo()
    assert run.outcome == "finished"
    model = mmgan.load(f"run:{run.path}")
    middles = []
    for label in ("low", "high"):
        values = model.generate(label=label, count=64, seed=0).echo
        middles.append(torch.tensor(values).mean(0))
    assert (middles[0] - middles[1])[0] > 0.3  # in the data, 1.0 lies between them
    rows = {(row["given"], row["name"]): row["value"] for row in evaluate(run.path).rows}
    assert rows["label", "condition accuracy"] > rows["label, shuffled", "condition accuracy"] + 0.2


def test_it_goes_on_to_the_same_bits(echo: Echo) -> None:
    whole = echo("whole", train__samples=1024, train__checkpoint_every=512)
    echo("parts", train__samples=512, train__checkpoint_every=512)
    parts = echo("parts", resume=True, train__samples=1024, train__checkpoint_every=512)
    made = [
        mmgan.load(f"run:{run.path}").generate(label="low", count=8, seed=1).echo
        for run in (whole, parts)
    ]
    assert made[0] == made[1]


def test_it_fails_on_demand(echo: Echo) -> None:
    with pytest.raises(RuntimeError, match="fails at call 20, as fail_at says"):
        echo("fails", make__echo__generator__fail_at=20)
    with pytest.raises(mmgan.MmganError, match="not finite"):
        echo("diverges", make__echo__generator__nan_at=20)


def test_rows_that_cannot_be_read_are_named(echo: Echo) -> None:
    run = echo(data__bad=2, train__samples=64)
    assert "skipped echo/numbers train, row 1 for echo" in (run.path / "run.log").read_text("utf-8")
    with pytest.raises(mmgan.MmganError, match="bad_rows"):
        echo("many", data__bad=128)


def test_it_leaves_the_files_of_a_run(echo: Echo) -> None:
    run = echo(train__samples=1024)
    lines = (run.path / "metrics.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["samples"] for line in lines] == [512, 1024]
    assert run.sheet is not None
    assert run.sheet.is_file()
