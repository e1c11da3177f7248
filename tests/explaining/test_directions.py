"""Directions of noise: found where they are known, kept in a file, and moved along."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import torch
import yaml
from typer.testing import CliRunner

from mmgan_core import Recipe, load, train
from mmgan_core.cli.directions_verb import app
from mmgan_core.cli.generate_verb import app as generating
from mmgan_core.errors import UsageError
from mmgan_core.explaining.direction_file import moved_along, write_directions
from mmgan_core.explaining.directions import Direction, find_directions
from mmgan_core.inference.model import Model
from mmgan_core.inference.noise import sampled_noise

from .recipes import PAIRS


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    rows = [f'{kind},"{n / 10}, {-n / 10}"' for kind in "ab" for n in range(20)]
    (folder / "pairs.csv").write_text("\n".join(["kind,pair", *rows]), encoding="utf-8")
    recipe = yaml.safe_load(PAIRS.replace("TABLE", str(folder / "pairs.csv")))
    train(Recipe.model_validate(recipe), folder / "run", cpu=True)
    return folder / "run"


@pytest.fixture
def model(run: Path) -> Model:
    """Its first number is 0.1 of noise 3, its second 0.02 of noise 1, but for a tanh."""
    found = load(run)
    first, *_, last = (
        cast(Any, layer)
        for layer in found.gan.generator("pair").modules()
        if isinstance(layer, torch.nn.Linear)
    )
    with torch.no_grad():
        for layer in (first, last):
            layer.weight.zero_()
            layer.bias.zero_()
        # Far from its bend, the activation is linear.
        first.bias.fill_(10.0)
        first.weight[0, 3] = 1.0
        first.weight[1, 1] = 1.0
        last.weight[0, 0], last.bias[0] = 0.1, -1.0
        last.weight[1, 1], last.bias[1] = 0.02, -0.2
    return found


def unit(place: int) -> list[float]:
    return [float(at == place) for at in range(4)]


def test_the_directions_that_change_most_come_first(model: Model) -> None:
    first, second, third = find_directions(model, {"kind": "a"}, most=3)
    assert first.vector == pytest.approx(unit(3), abs=1e-3)
    assert second.vector == pytest.approx(unit(1), abs=1e-3)
    assert first.change > second.change > third.change == pytest.approx(0, abs=1e-5)
    assert first.beside_random > 1 > third.beside_random
    assert first.alike == pytest.approx(1, abs=1e-2), "all samples move in the same way"


def test_sefa_reads_the_first_layer_and_not_what_follows(model: Model) -> None:
    first_layer = next(
        cast(Any, layer)
        for layer in model.gan.generator("pair").modules()
        if isinstance(layer, torch.nn.Linear)
    )
    with torch.no_grad():
        first_layer.weight[1, 1] = 2.0
    found = find_directions(model, {"kind": "a"}, by="sefa", most=2)
    assert found[0].vector == pytest.approx(unit(1), abs=1e-4)
    assert found[1].vector == pytest.approx(unit(3), abs=1e-4)


def test_a_measured_number_steers_alone(model: Model) -> None:
    def number(place: int) -> Any:
        return lambda values: [value[place] for value in values]

    measures = {"first": number(0), "second": number(1)}
    first, second = find_directions(model, {"kind": "b"}, measures=measures, noises=16)
    assert (first.name, second.name) == ("first", "second")
    assert first.vector[3] > 0.95
    assert second.vector[1] > 0.95
    for one in (first, second):
        assert one.steers == 1
        assert one.others is not None
        assert one.target == pytest.approx(2, abs=0.4), "in its own deviations"
        assert one.others < 0.5


def test_a_model_is_moved_as_far_as_was_asked(model: Model, tmp_path: Path) -> None:
    file = tmp_path / "directions.json"
    along = Direction("along", (0.0, 0.0, 0.0, 3.0), "hand", 0, 0, 0)
    write_directions(file, model, "pair", [along])
    noise = sampled_noise(model.gan, model.made, 5, 3)["pair"]
    wanted = model.generate(
        count=3, kind="a", noise={"pair": noise + 2 * torch.tensor(unit(3))}
    ).tensors["pair"]
    moved = moved_along(model, file, {"along": 2.0})
    assert torch.allclose(moved.generate(count=3, seed=5, kind="a").tensors["pair"], wanted)
    twice = moved_along(moved_along(model, file, {"along": 1.0}), file, {"along": 1.0})
    assert torch.allclose(twice.generate(count=3, seed=5, kind="a").tensors["pair"], wanted)
    still = model.generate(count=3, seed=5, kind="a").tensors["pair"]
    assert not torch.allclose(still, wanted), "the model itself was not moved"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (None, "along", "cannot be read"),
        ("{}", "along", "holds no directions"),
        ("[1", "along", "holds no directions"),
        ('{"model": "m", "made": "pair", "directions": []}', "along", "no direction 'along'"),
        ('{"model": "m", "made": "pear", "directions": []}', "along", "pear"),
        (
            '{"model": "m", "made": "pair", "directions": [{"name": "along", "vector": [1, 2], '
            '"found_by": "hand", "change": 0, "beside_random": 0, "alike": 0}]}',
            "along",
            "2 numbers",
        ),
    ],
)
def test_other_files_are_refused(
    model: Model, tmp_path: Path, content: str | None, name: str, said: str
) -> None:
    file = tmp_path / "directions.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UsageError, match=said):
        moved_along(model, file, {name: 1.0})


def test_what_has_no_directions_is_refused(model: Model) -> None:
    with pytest.raises(UsageError, match="no entry 'pear'"):
        find_directions(model, made="pear")


def test_the_verbs(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    call = [str(run), "kind=a", "--most", "2", "--noises", "4", "--out", str(file)]
    said = CliRunner().invoke(app, call)
    assert said.exit_code == 0, said.output
    assert "spectrum-2" in said.output
    assert file.with_suffix(".png").is_file()
    rest = ["--directions", str(file), "--out"]
    made = []
    for number, amount in enumerate(("+2", "-2")):
        folder = str(tmp_path / str(number))
        asked = [str(run), "kind=a", "--direction", f"spectrum-1={amount}", *rest, folder]
        assert CliRunner().invoke(generating, asked).exit_code == 0
        made.append((tmp_path / str(number) / "pair-000.txt").read_text())
    assert made[0] != made[1]
    wrong = CliRunner().invoke(generating, [str(run), "kind=a", "--direction", "spectrum-1"])
    assert isinstance(wrong.exception, UsageError)


def test_along_one_measure_another_stays_that_shares_its_direction(model: Model) -> None:
    """The sum grows along noise 3 and 1; its own direction leaves the first number as it is."""
    measures = {
        "first": lambda values: [value[0] for value in values],
        "sum": lambda values: [value[0] / 4 + value[1] * 1.25 for value in values],
    }
    first, whole = find_directions(model, {"kind": "b"}, measures=measures, noises=16)
    # The sum reads noise 1 as much as 3; along the first number it stays, against noise 1.
    assert first.vector[3] > 0.6
    assert first.vector[1] < -0.4
    assert whole.vector[1] > 0.9
    assert whole.steers == 1
    assert whole.others is not None
    assert whole.others < 0.6


def test_kinds_of_data_without_measures_say_so(model: Model) -> None:
    with pytest.raises(UsageError, match="vector has no measures"):
        find_directions(model, by="measures")
