"""What is nearest to a sample: samples of other labels, and training samples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from torch import Tensor
from typer.testing import CliRunner

from mmgan_core import Recipe, explain, load, train
from mmgan_core.cli.explain_verb import app
from mmgan_core.components.label import Label, LabelOptions
from mmgan_core.components.vector import Vector, VectorOptions
from mmgan_core.contracts import Explained
from mmgan_core.errors import UsageError
from mmgan_core.explaining.counterfactuals import Counterfactuals, CounterfactualsOptions
from mmgan_core.explaining.nearest_training import NearestTraining, NearestTrainingOptions
from mmgan_core.inference.training_samples import training_samples

from .recipes import PAIRS

PLACES = {"a": (0.0, 0.0), "b": (0.5, 0.5), "c": (0.1, 0.1)}


def seen(samples: Tensor, training: Tensor | None = None, own: float = 0.0) -> Explained:
    """Each label makes one sample; of "a" the search misses it by ``own``."""

    def nearest(wanted: Tensor, values: Mapping[str, object]) -> Tensor:
        place = torch.tensor(PLACES[str(values["kind"])])
        return place + own if values["kind"] == "a" else place

    return Explained(
        {"kind": "a"},
        "pair",
        {
            "pair": Vector(VectorOptions(low=(-1, -1), high=(1, 1))),
            "kind": Label(LabelOptions(names=("a", "b", "c"))),
        },
        lambda given: samples,
        dict,
        nearest=nearest,
        training=None if training is None else lambda: training,
    )


def test_the_nearest_sample_of_each_label_is_said_and_shown() -> None:
    (one,) = Counterfactuals(CounterfactualsOptions()).explain(seen(torch.zeros(2, 2)))
    assert dict(zip(one.units, one.influence, strict=True)) == pytest.approx(
        {"a": 0, "b": 0.5, "c": 0.1}
    )
    assert "nearest other one is c" in one.believe
    assert one.samples is not None
    assert torch.equal(one.samples[2], torch.tensor(PLACES["c"]))


def test_a_search_that_misses_the_sample_itself_is_not_believed() -> None:
    (one,) = Counterfactuals(CounterfactualsOptions()).explain(seen(torch.zeros(2, 2), own=0.2))
    assert one.believe.startswith("Do not rely")


def test_an_entry_of_one_label_has_no_other() -> None:
    alone = replace(seen(torch.zeros(2, 2)), modalities={"kind": Label(LabelOptions(names=("a",)))})
    assert Counterfactuals(CounterfactualsOptions()).explain(alone) == []


def test_a_copy_of_a_training_sample_is_found_and_a_new_one_is_none() -> None:
    training = torch.tensor([[0.0, 0.0], [0.4, 0.0], [0.4, 0.4], [-0.8, 0.0]])
    looked = torch.tensor([[0.4, 0.412], [-0.2, 0.0]])
    (one,) = NearestTraining(NearestTrainingOptions(most=2)).explain(seen(looked, training))
    assert one.units == ("number 3", "number 2")
    assert one.influence[0] == pytest.approx(0.012 / 2**0.5)
    # It is 0.012 away from one whose nearest is 0.4 away; the other 0.2 from one of 0.4.
    assert one.believe.startswith("It may be a copy: its nearest training sample is 0.03 times")
    assert "0% are farther than 1 time, and 50% nearer" in one.believe
    (other,) = NearestTraining(NearestTrainingOptions()).explain(seen(looked.flip(0), training))
    assert other.believe.startswith("It is no copy: its nearest training sample is 0.50 times")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("near")
    rows = [f'{kind},"{n / 10}, {-n / 10}"' for kind in "ab" for n in range(20)]
    (folder / "pairs.csv").write_text("\n".join(["kind,pair", *rows]), encoding="utf-8")
    recipe = yaml.safe_load(PAIRS.replace("TABLE", str(folder / "pairs.csv")))
    train(Recipe.model_validate(recipe), folder / "run", cpu=True)
    return folder / "run"


def test_the_slow_ones_are_asked_by_name_alone(run: Path, tmp_path: Path) -> None:
    asked = {id for id, _ in explain(str(run), {"kind": "a"}, noises=4, orders=2).each}
    assert not asked & {"core/counterfactuals", "core/nearest-training"}
    page = tmp_path / "near.html"
    by = ["--by", "core/counterfactuals", "--by", "core/nearest-training"]
    call = [str(run), "kind=a", *by, "--noises", "4", "--json", "--out", str(page)]
    said = CliRunner().invoke(app, call)
    assert said.exit_code == 0, said.output
    first, second = json.loads(said.output)
    assert first["units"] == ["a", "b"]
    assert first["influence"][0] < 0.05, "of its own label, the sample itself is found"
    assert first["influence"][0] < first["influence"][1]
    assert len(second["units"]) == 5
    assert "number " in page.read_text("utf-8")


def test_training_samples_are_those_of_the_data_or_none(run: Path) -> None:
    model = load(str(run))
    samples = training_samples(model, "pair")
    assert samples.shape[1:] == (2,)
    assert len(samples) > 20
    wanted = {round(n / 40, 4) for n in range(20)}
    assert {round(float(one), 4) for one in samples[:, 0]} <= wanted
    data = run.parent / "pairs.csv"
    data.rename(data.with_suffix(".away"))
    try:
        assert len(training_samples(model, "pair")) == 0
        with pytest.raises(UsageError, match="finds nothing"):
            explain(model, {}, by=["core/nearest-training"], noises=4)
    finally:
        data.with_suffix(".away").rename(data)
