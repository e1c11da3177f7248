from __future__ import annotations

import pytest
import torch
from mmgan_sketch.hershey_source import WORDS, Hershey, HersheyOptions
from mmgan_sketch.points_encoder import PointsEncoder, PointsOptions
from mmgan_sketch.sketch_modality import SketchModality, SketchOptions
from mmgan_sketch.strokes_discriminator import StrokesDiscriminator, StrokesDiscriminatorOptions
from mmgan_sketch.strokes_generator import StrokesGenerator, StrokesGeneratorOptions

from mmgan_core import BadValue
from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace


@pytest.mark.parametrize("points", [8, 9, 63, 200])
def test_any_number_of_points(points: int) -> None:
    space, given = SampleSpace("sketch", (3, points)), ConditionSpace(4)
    condition = Condition(torch.randn(2, 4))
    made = StrokesGenerator(StrokesGeneratorOptions(width=4), space, given)(
        torch.randn(2, 32), condition
    )
    assert made.shape == (2, 3, points)
    discriminator = StrokesDiscriminator(StrokesDiscriminatorOptions(width=4), space, given)
    critique = discriminator(made, condition)
    assert critique.logits.shape == (2,)
    assert critique.features[0].shape == (2, 4, points)


@pytest.mark.parametrize("shape", [(3, 7), (1, 16, 16), (2, 64)])
def test_other_samples_are_refused(shape: tuple[int, ...]) -> None:
    space = SampleSpace("sketch", shape)
    with pytest.raises(BadValue, match="sketch/sketch"):
        StrokesGenerator(StrokesGeneratorOptions(), space, ConditionSpace(0))
    with pytest.raises(BadValue, match="sketch/sketch"):
        StrokesDiscriminator(StrokesDiscriminatorOptions(), space, ConditionSpace(0))


def test_the_discriminator_sees_a_trembling_pen() -> None:
    torch.manual_seed(0)
    space = SampleSpace("sketch", (3, 64))
    discriminator = StrokesDiscriminator(
        StrokesDiscriminatorOptions(width=8), space, ConditionSpace(0)
    )
    line = torch.linspace(-1, 1, 64).expand(1, 3, 64)
    trembling = line + 0.02 * torch.tensor([1.0, -1.0]).repeat(32)
    moved = line + 0.02
    none = Condition(torch.zeros(1, 0))
    far, near = (
        (discriminator(other, none).features[0] - discriminator(line, none).features[0]).norm()
        for other in (trembling, moved)
    )
    assert far > 3 * near


def test_the_encoder_learns_digits() -> None:
    torch.manual_seed(0)
    (table,) = Hershey(HersheyOptions(takes=6)).tables("train")
    modality = SketchModality(SketchOptions(points=48))
    net = PointsEncoder(PointsOptions(dim=16, width=8), modality)
    rows = range(len(table))
    tensors = net.prepare(table.values("sketch", rows))
    label = torch.tensor([WORDS.index(str(word)) for word in table.values("label", rows)])
    head = torch.nn.Linear(16, 10)
    optimiser = torch.optim.Adam([*net.parameters(), *head.parameters()], 5e-3)
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(head(net(tensors).pooled), label)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert (head(net(tensors).pooled).argmax(1) == label).float().mean() > 0.9
