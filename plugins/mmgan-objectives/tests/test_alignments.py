"""Alignments: what they reward, and that they teach."""

import math

import pytest
import torch

from mmgan_core.contracts import Encoding, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_objectives.anchor import Anchor, AnchorOptions
from mmgan_objectives.contrastive import Contrastive, ContrastiveOptions
from mmgan_objectives.instance_noise import InstanceNoise, InstanceNoiseOptions

DIMS = {"text": 4, "audio": 4}


def encodings(**pooled: torch.Tensor) -> dict[str, Encoding]:
    return {name: Encoding(tensor) for name, tensor in pooled.items()}


def test_info_nce_by_hand() -> None:
    align = Contrastive(ContrastiveOptions(temperature=0.5), {"a": 2, "b": 2})
    given = encodings(a=torch.eye(2), b=torch.tensor([[1.0, 0.0], [3.0, 4.0]]))
    # cosines: a to b [[1, .6], [0, .8]]; each row, and each column, against its own
    logits = torch.tensor([[1.0, 0.6], [0.0, 0.8]]) / 0.5
    rows = logits.logsumexp(1) - logits.diagonal()
    columns = logits.logsumexp(0) - logits.diagonal()
    expected = (rows.mean() + columns.mean()) / 2
    same = torch.eye(2, dtype=torch.bool)
    torch.testing.assert_close(align(given, same), expected)


def test_several_positives_are_shared_alike() -> None:
    align = Contrastive(ContrastiveOptions(), {"a": 2, "b": 2})
    one_direction = torch.tensor([[1.0, 0.0]] * 4)
    same = torch.ones(4, 4, dtype=torch.bool)
    value = align(encodings(a=one_direction, b=one_direction), same)
    assert value.item() == pytest.approx(math.log(4))


def test_equal_meaning_is_rewarded_and_learned() -> None:
    torch.manual_seed(0)
    align = Contrastive(ContrastiveOptions(dim=3), {"text": 4, "audio": 6})
    meaning = torch.arange(32) % 4
    same = meaning[:, None] == meaning[None]
    text = torch.nn.Parameter(torch.randn(32, 4))
    given = encodings(text=text, audio=torch.randn(4, 6)[meaning])
    optimizer = torch.optim.Adam([text, *align.parameters()], lr=0.05, betas=(0.9, 0.99))
    before = align(given, same).item()
    for _ in range(250):
        optimizer.zero_grad()
        align(given, same).backward()
        optimizer.step()
    assert before > 2.4
    assert align(given, same).item() < math.log(8) + 0.1  # eight of 32 rows are positives


def test_sizes_must_agree_or_be_projected() -> None:
    with pytest.raises(BadValue, match="dim"):
        Contrastive(ContrastiveOptions(), {"text": 4, "audio": 6})


def test_anchor_draws_the_others_and_stays() -> None:
    torch.manual_seed(0)
    align = Anchor(AnchorOptions(anchor="text"), DIMS)
    text, audio = torch.randn(8, 4, requires_grad=True), torch.randn(8, 4, requires_grad=True)
    value = align(encodings(text=text, audio=audio), torch.eye(8).bool())
    value.backward()
    assert 0 < value.item() < 2
    assert text.grad is None
    assert audio.grad is not None
    with pytest.raises(BadValue, match="did you mean 'text'"):
        Anchor(AnchorOptions(anchor="txt"), DIMS)


@pytest.mark.parametrize("shape", [(3,), (1, 9), (2, 5, 7)])
def test_instance_noise_is_the_same_for_one_draw(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    noise = InstanceNoise(InstanceNoiseOptions(sigma=0.5), SampleSpace("any", shape))
    sample = torch.zeros(200, *shape)
    change = noise.sample(sample)
    assert torch.equal(change(sample), change(sample))
    assert not torch.equal(change(sample), noise.sample(sample)(sample))
    assert change(sample).std().item() == pytest.approx(0.5, rel=0.15)
