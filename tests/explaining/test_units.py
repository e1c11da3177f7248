"""Which channels of a generator make what: a known one is found, and takes its mark away."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from mmgan_core import load
from mmgan_core.components.vector import Vector, VectorOptions
from mmgan_core.contracts import Explained, Inner
from mmgan_core.explaining.units import Units, UnitsOptions, agreement
from mmgan_core.inference.inner import inner_of
from mmgan_core.publishing.read_labels import labels_read


class Picture(Vector):
    """Samples of 8 x 8 places; what is above a half is bright."""

    @property
    def space(self):
        return replace(super().space, shape=(1, 8, 8))

    def marks(self, samples):
        return {"bright": samples > 0.5, "nothing": samples > 2}


class Painter(nn.Module):
    """Two layers: 6 channels of 4 x 4, of which the third is painted, then the sample."""

    def __init__(self) -> None:
        super().__init__()
        self.seed, self.grow = nn.Identity(), nn.Upsample(scale_factor=2)
        self.paint = nn.Conv2d(6, 1, 1, bias=False)
        with torch.no_grad():
            self.paint.weight[:] = torch.tensor([0, 0, 1.0, 0, 0, 0]).view(1, 6, 1, 1)

    def forward(self, maps: Tensor) -> Tensor:
        painted: Tensor = self.paint(self.grow(self.seed(maps)))
        return painted


def explained() -> Explained:
    random = torch.Generator().manual_seed(0)
    maps = torch.rand(8, 6, 4, 4, generator=random)
    maps[:, 2] = (maps[:, 2] > 0.7).float()
    painter = Painter()

    @torch.no_grad()
    def make() -> Tensor:
        made: Tensor = painter(maps)
        return made

    picture = Picture(VectorOptions(low=(-1,), high=(1,)))
    return Explained(
        {},
        "made",
        {"made": picture},
        lambda given: make(),
        dict,
        inner=lambda: inner_of(painter, make, 2),
    )


def test_the_layers_are_the_last_of_each_grid_but_not_the_sample() -> None:
    inner = explained().inner()
    assert inner is not None
    assert inner.layers == {"seed": 6, "grow": 6}
    assert inner.maps("seed").shape == (8, 6, 4, 4)
    assert inner.without("grow", [2]).abs().sum() == 0
    assert inner.without("grow", [0, 1]).equal(inner.without("grow", []))


def test_the_channel_that_is_painted_is_found_and_takes_the_mark_away() -> None:
    (one,) = Units(UnitsOptions(best=2)).explain(explained())
    assert one.title == "units of made that make bright"
    assert one.units[0] == "grow, channel 3"
    assert one.influence[0] == pytest.approx(1)
    assert max(one.influence[1:]) < 0.5
    assert one.test is not None
    # Without it all is gone at once; by chance in one of four places of the order.
    assert one.test.most_first == pytest.approx((1, 1, 1))
    assert (
        "Without the 2 that agree most, 100% of bright is gone, and without 2 others 0%"
        in one.believe
    )
    assert one.believe.count("Believe the order") == 1
    assert one.samples is not None
    assert one.samples[0].abs().sum() == 0
    assert one.samples[1].abs().sum() > 0


def test_agreement_is_the_share_of_places_that_have_both_among_those_that_have_either() -> None:
    mark = torch.tensor([True, True, False, False]).view(1, 1, 2, 2)
    maps = torch.tensor([[4.0, 3, 2, 1], [4, 1, 3, 2], [1, 2, 3, 4]]).view(1, 3, 2, 2)
    # As many places as have the mark: two. Both, one of three, and none of them have it too.
    assert agreement(maps, mark)[:, 0].tolist() == pytest.approx([1, 1 / 3, 0])


def test_nothing_is_said_without_marks_or_layers() -> None:
    units, seen = Units(UnitsOptions()), explained()
    assert units.explain(replace(seen, inner=lambda: None)) == []
    empty = Inner({}, lambda layer: torch.zeros(0), lambda layer, gone: torch.zeros(0))
    assert units.explain(replace(seen, inner=lambda: empty)) == []


def light(samples: Tensor) -> dict[str, Tensor]:
    """A reader: those that are as light as the explained ones are, and none that are blue."""
    means = samples.flatten(1).mean(1)
    threshold = explained().samples.flatten(1).mean(1).median()
    return {"light": means >= threshold, "blue": means > 2}


def test_where_nothing_is_given_what_is_read_of_whole_samples_is_a_mark() -> None:
    seen = replace(explained(), labels=light)
    found = {one.title: one for one in Units(UnitsOptions(best=2)).explain(seen)}
    assert set(found) == {
        "units of made that make bright",
        "units of made that make what is read as light",
    }
    one = found["units of made that make what is read as light"]
    assert one.units[0] == "seed, channel 3"
    assert one.influence[0] == pytest.approx(1)
    assert max(one.influence[1:]) < 0.9
    assert "100% of what is read as light is gone, and without 2 others 0%" in one.believe
    given = replace(seen, given={"label": "light"})
    assert len(Units(UnitsOptions(best=2)).explain(given)) == 1, "what is given says it already"


def test_agreement_with_whole_samples_is_the_share_of_those_that_have_both() -> None:
    mark = torch.tensor([True, True, False, False]).view(4, 1)
    means = torch.tensor([[4.0, 4], [3, 1], [1, 3], [2, 2]])
    maps = means[:, :, None, None] + torch.tensor([[-1.0, 1], [1, -1]])
    assert agreement(maps, mark).mean(1).tolist() == pytest.approx([1, 1 / 3])


def test_the_evaluator_that_travels_with_a_model_reads_its_samples() -> None:
    model = load("digits-unconditional")
    labels = labels_read("digits-unconditional", model)
    assert labels is not None
    read = labels(model.generate(count=6, seed=0).tensors["image"].clamp(-1, 1))
    assert set(read) == set("0123456789")
    assert torch.stack(list(read.values())).sum(0).eq(1).all(), "each sample is read as one"
    assert labels_read("digits-unconditional", model, "sound") is None
