"""What the discriminator doubts of a sample: found where it is known, in runs and in models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from torch import Tensor

from mmgan_core import Recipe, explain, load, train
from mmgan_core.components.vector import Vector, VectorOptions
from mmgan_core.contracts import Explained
from mmgan_core.errors import UsageError
from mmgan_core.explaining.blocks import Blocks
from mmgan_core.explaining.doubt import Doubt, DoubtOptions
from mmgan_core.publishing.export import export
from mmgan_core.reports.influence_map import ABOVE, influence_map

from .recipes import PICTURES


class Picture(Vector):
    """Samples of 6 x 6 places."""

    @property
    def space(self):
        return replace(super().space, shape=(1, 6, 6))


def seen(odd: Tensor, realness=None) -> Explained:
    """Six samples of zeros and a little noise, of which the first has something odd in it."""
    random = torch.Generator().manual_seed(0)
    samples = 0.01 * torch.rand(6, 1, 6, 6, generator=random)
    samples[0] += odd

    def smooth(some: Tensor) -> Tensor:
        return -some.square().flatten(1).sum(1)

    picture = Picture(VectorOptions(low=(-1,), high=(1,)))
    return Explained(
        {}, "made", {"made": picture}, lambda given: samples, dict, realness=realness or smooth
    )


def test_the_block_that_is_odd_is_doubted_and_nothing_else() -> None:
    odd = torch.zeros(1, 6, 6)
    odd[0, 2:4, 4:6] = 1
    (one,) = Doubt(DoubtOptions(most=9)).explain(seen(odd))
    assert one.grid == (3, 3)
    rise = dict(zip(one.units, one.influence, strict=True))
    assert rise.pop("3 to 4 x 5 to 6") == pytest.approx(4, abs=0.1)
    assert list(rise.values()) == pytest.approx([0] * 8, abs=0.01)
    assert one.test is not None
    # Of 8 points all but none are 4 in order, and by chance 4, 3.6 ... of them: (8 - 4) / 4.
    assert one.test.gain == pytest.approx(1, abs=0.5)
    assert one.believe.startswith("Believe the order")


def test_what_is_doubted_nowhere_says_so_and_is_not_believed() -> None:
    found = Doubt(DoubtOptions(most=9)).explain(
        seen(torch.zeros(1, 6, 6), lambda some: torch.zeros(len(some)))
    )
    (one,) = found
    assert "doubts none" in one.believe
    assert "Do not rely" in one.believe


def test_blocks_are_all_places_once_and_exchanged_exactly() -> None:
    blocks = Blocks.of(Picture(VectorOptions(low=(-1,), high=(1,))), 16)
    assert blocks.grid == (4, 4)
    assert torch.equal(blocks.masks.sum(0), torch.ones(1, 6, 6))
    one, others = torch.zeros(1, 6, 6), torch.ones(2, 1, 6, 6)
    mixed = blocks.exchanged(one, others, [0, 5])
    assert torch.equal(mixed[0], (blocks.masks[0] + blocks.masks[5]))
    assert torch.equal(blocks.exchanged(one, others, range(16)), others)


def test_the_map_is_coloured_where_the_doubt_is() -> None:
    odd = torch.zeros(1, 6, 6)
    odd[0, 0:2, 4:6] = 1
    looked = seen(odd)
    (one,) = Doubt(DoubtOptions(most=9)).explain(looked)
    picture = influence_map(looked.samples[0], one)
    assert picture.size == (6, 6)
    red, _, blue = picture.getpixel((5, 0))
    assert red > blue + 100
    assert ABOVE[0] > ABOVE[2]
    red, green, blue = picture.getpixel((0, 5))
    assert red == green == blue, "grey where nothing is doubted"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doubted") / "run"
    train(Recipe.model_validate(yaml.safe_load(PICTURES)), folder, cpu=True)
    return folder


def test_a_run_and_a_model_that_ships_its_discriminator_say_the_same(
    run: Path, tmp_path: Path
) -> None:
    of_run = explain(str(run), {"label": "three"}, by=["core/doubt"], noises=6)
    (_, one), *others = of_run.each
    assert not others
    assert one.title == "doubt about the first image"
    assert any(one.influence)
    shipped = export(run, tmp_path / "with", discriminator=True)
    model = load(f"dir:{shipped.path}")
    assert explain(model, {"label": "three"}, by=["core/doubt"], noises=6).each == of_run.each
    # Nothing has to be given for it.
    assert [id for id, _ in explain(model, {}, noises=6).each] == ["core/doubt"]


def test_the_verdict_is_that_of_the_discriminator_under_the_condition(run: Path) -> None:
    from mmgan_core.inference.realness import realness_of

    model = load(run)
    realness = realness_of(model, "image", {"label": "three"}, 0)
    assert realness is not None
    samples = model.generate(count=3, label="three").tensors["image"]
    assert model.critics is not None
    with torch.no_grad():
        condition = model.conditions({"label": ["three"] * 3}, 3, seed=0)["image"]
        wanted = model.critics().eval().discriminate("image", samples, condition).logits
    assert torch.allclose(realness(samples), wanted.view(3), atol=1e-5)
    other = realness_of(model, "image", {"label": "four"}, 0)
    assert other is not None
    assert not torch.allclose(realness(samples), other(samples))


def test_a_model_without_its_discriminator_says_what_to_do(run: Path, tmp_path: Path) -> None:
    model = load(f"dir:{export(run, tmp_path / 'alone').path}")
    with pytest.raises(UsageError, match="finds nothing") as caught:
        explain(model, {"label": "three"}, by=["core/doubt"], noises=6)
    assert "discriminator" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="nothing is given"):
        explain(model, {})
