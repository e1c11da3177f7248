"""The projected discriminator: a frozen network that the model names, and random mixes."""

from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import save_file

from mmgan_core import MmganError
from mmgan_core.contracts import Condition, ConditionSpace, Masked, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.evaluation.evaluator import Evaluator
from mmgan_image.blocks.frozen_levels import FrozenConv, Weights, fitted, frozen_levels
from mmgan_image.modality.image_modality import ImageModality, ImageOptions
from mmgan_image.networks.conv_encoder import ConvEncoder, ConvEncoderOptions
from mmgan_image.networks.projected_discriminator import (
    ProjectedDiscriminator,
    ProjectedDiscriminatorOptions,
)

SPACE, NOTHING = SampleSpace("image", (1, 12, 16)), ConditionSpace(0)
TINY = {"model": "test_resnet", "untrained": True, "size": 64, "mix": 6, "width": 5}
UNTRAINED = Weights("test_resnet", False, "")


def projected(
    space: SampleSpace = SPACE, condition: ConditionSpace = NOTHING, **options: object
) -> ProjectedDiscriminator:
    chosen = ProjectedDiscriminatorOptions.model_validate({**TINY, **options})
    return ProjectedDiscriminator(chosen, space, condition).eval()


def logits(network: ProjectedDiscriminator, sample: torch.Tensor) -> torch.Tensor:
    said: torch.Tensor = network(sample, Condition(torch.zeros(len(sample), 0))).logits
    return said


@pytest.fixture(scope="module")
def evaluator(tmp_path_factory: pytest.TempPathFactory) -> tuple[Evaluator, Path]:
    torch.manual_seed(1)
    pictures = ImageModality(ImageOptions(channels=1, height=12, width=16))
    made = Evaluator(ConvEncoder(ConvEncoderOptions(width=8, dim=4), pictures), ["a", "b"]).eval()
    file = tmp_path_factory.mktemp("evaluator") / "evaluator.safetensors"
    save_file(made.state_dict(), file)
    return made, file


def test_nothing_frozen_is_kept_trained_or_switched_to_training() -> None:
    network = projected().train()
    kept = network.state_dict()
    assert {name.partition(".")[0] for name in kept} == {"across", "down", "heads"}
    learns = {name for name, _ in network.named_parameters()}
    assert {name.partition(".")[0] for name in learns} == {"heads"}
    sample = torch.randn(2, *SPACE.shape, requires_grad=True)
    before = {k: v.clone() for k, v in frozen_levels(UNTRAINED).state_dict().items()}
    logits(network, sample).sum().backward()
    assert sample.grad is not None
    assert (sample.grad != 0).all()
    after = frozen_levels(UNTRAINED)
    assert not after.training
    assert all(weight.grad is None for weight in after.parameters())
    assert all(torch.equal(before[k], v) for k, v in after.state_dict().items())


def test_the_seed_decides_the_mixes_and_not_the_frozen_network() -> None:
    sample = torch.randn(2, *SPACE.shape)
    networks, seen = [], []
    for seed in (1, 2):
        torch.manual_seed(seed)
        frozen_levels.cache_clear()
        networks.append(projected())
        seen.append(networks[-1]._levels(sample))
    for one, other in zip(*seen, strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(networks[0].across[0].weight, networks[1].across[0].weight)
    assert not torch.equal(logits(networks[0], sample), logits(networks[1], sample))
    networks[1].load_state_dict(networks[0].state_dict())
    assert torch.equal(logits(networks[0], sample), logits(networks[1], sample))


def test_each_level_has_as_many_logits() -> None:
    network = projected(SampleSpace("image", (3, 64, 64)), size=128)
    levels = network._levels(torch.zeros(1, 3, 64, 64))
    assert [level.shape[2] for level in levels] == [32, 16, 8, 4]
    assert logits(network, torch.zeros(2, 3, 64, 64)).shape == (2, 4 * 16)


def test_a_coarse_level_reaches_the_finer_heads_and_not_the_reverse() -> None:
    network = projected(levels=2)
    levels = network._levels(torch.randn(1, *SPACE.shape))
    found = {}
    for number in (0, 1):
        changed = [level.clone() for level in levels]
        changed[number] += 1
        outs = []
        for given in (levels, changed):
            network._levels = lambda sample, given=given: given  # type: ignore[method-assign]
            outs.append(logits(network, torch.zeros(1, *SPACE.shape)))
        fine = outs[0].shape[1] - levels[1].shape[2] * levels[1].shape[3]
        moved = (outs[0] != outs[1])[0]
        found[number] = (moved[:fine].any().item(), moved[fine:].any().item())
    assert found == {0: (True, False), 1: (True, True)}


def test_pictures_are_enlarged_never_made_smaller_and_scaled_as_the_model_wants() -> None:
    assert projected(size=None).size == (96, 128)
    assert projected(SampleSpace("image", (3, 50, 200)), size=None).size == (50, 200)
    assert projected(size=40).size == (30, 40)
    network = frozen_levels(UNTRAINED)
    seen = []
    network.network.forward_intermediates = lambda pixels, **_: seen.append(pixels) or []
    try:
        network(torch.tensor([-1.0, 1.0]).view(2, 1, 1, 1).expand(2, 3, 1, 1))
    finally:
        del network.network.forward_intermediates
    mean, deviation = (torch.tensor(network.network.default_cfg[k]) for k in ("mean", "std"))
    torch.testing.assert_close(seen[0][:, :, 0, 0], torch.stack([-mean, 1 - mean]) / deviation)


def test_channels_become_what_the_network_takes() -> None:
    network = frozen_levels(UNTRAINED)
    grey = fitted(torch.full((1, 1, 2, 2), 0.5), network, (2, 2))
    assert torch.equal(grey, torch.full((1, 3, 2, 2), 0.5))
    clear = torch.tensor([0.2, -0.4, 0.6, -1.0]).view(1, 4, 1, 1)
    assert (fitted(clear, network, (1, 1)) == 1).all()
    half = torch.tensor([0.2, 0.0]).view(1, 2, 1, 1)
    torch.testing.assert_close(fitted(half, network, (1, 1)), torch.full((1, 3, 1, 1), 0.6))
    with pytest.raises(BadValue, match="larger size:"):
        projected(SampleSpace("image", (3, 1, 8)), model="test_convnext", size=8)
    with pytest.raises(BadValue, match="5 channels"):
        projected(SampleSpace("image", (5, 8, 8)))


def test_a_checkpoint_of_timm_s_decides_what_is_seen(tmp_path: Path) -> None:
    import timm

    sample, seen = torch.randn(1, *SPACE.shape), []
    for seed in (1, 2):
        torch.manual_seed(seed)
        made = timm.create_model("test_resnet", pretrained=False, num_classes=0)
        save_file(made.state_dict(), tmp_path / f"{seed}.safetensors")
        network = projected(untrained=False, checkpoint=str(tmp_path / f"{seed}.safetensors"))
        seen.append(network._levels(sample)[-1])
        enlarged = fitted(sample, frozen_levels(UNTRAINED), network.size)
        pixels = (enlarged + 1) / 2
        config = made.default_cfg
        mean, deviation = (torch.tensor(config[k])[:, None, None] for k in ("mean", "std"))
        wanted = made.eval().forward_features((pixels - mean) / deviation)
        torch.testing.assert_close(seen[-1], wanted)
    assert not torch.allclose(*seen)


def test_an_evaluator_s_blocks_look_at_samples_as_they_are(
    evaluator: tuple[Evaluator, Path],
) -> None:
    made, file = evaluator
    network = projected(model="", checkpoint=str(file), untrained=False, size=None)
    assert network.size == (12, 16)
    sample = torch.randn(2, *SPACE.shape)
    levels = network._levels(sample)
    assert [level.shape[1:] for level in levels] == [(8, 12, 16), (16, 6, 8), (32, 3, 4)]
    torch.testing.assert_close(levels[-1], made.encoder.blocks(sample))
    # An encoder alone will do.
    bare = file.with_name("bare.safetensors")
    save_file(made.encoder.state_dict(), bare)
    again = FrozenConv(Weights("", False, str(bare)))(sample)
    assert torch.equal(again[-1], levels[-1])


def test_weights_are_asked_for(evaluator: tuple[Evaluator, Path], tmp_path: Path) -> None:
    for options, word in (
        ({"pretrained": False}, "random weights"),
        ({"model": ""}, "checkpoint: FILE"),
        ({"checkpoint": "x", "untrained": True}, "exclude"),
        ({"model": "local-dir:x"}, "is not read"),
    ):
        with pytest.raises(ValidationError, match=word):
            ProjectedDiscriminatorOptions.model_validate(options)
    with pytest.raises(MmganError, match="resnet_none"):
        projected(model="resnet_none")
    with pytest.raises(MmganError, match="lacks"):
        projected(checkpoint=str(evaluator[1]), untrained=False)
    save_file({"encoder.other": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(MmganError, match="no blocks of image/conv"):
        projected(model="", checkpoint=str(tmp_path / "other.safetensors"), untrained=False)


def test_heads_see_what_is_missing_and_the_coarsest_reads_the_condition() -> None:
    network = projected(
        condition=ConditionSpace(3, mask_shape=(1, 1, 16)), conditioning="auxiliary"
    )
    sample, missing = torch.randn(1, *SPACE.shape), torch.zeros(1, 1, 1, 16)
    said = [
        network(sample, Condition(torch.zeros(1, 3), masked=Masked(sample, mask)))
        for mask in (missing, missing + 1)
    ]
    assert said[0].reading is not None
    assert said[0].reading.shape == (1, 3)
    assert not torch.equal(said[0].logits, said[1].logits)


@pytest.mark.parametrize("model", ["test_resnet", "test_vit", "test_convnext"])
def test_an_exact_penalty_goes_through_what_is_frozen(model: str) -> None:
    network = projected(model=model, spectral=False).double()
    sample = torch.randn(1, *SPACE.shape).double().requires_grad_()
    (slope,) = torch.autograd.grad(logits(network, sample).sum(), sample, create_graph=True)
    weight = network.heads[0].convs[0].weight
    (exact,) = torch.autograd.grad(slope.square().sum(), weight)
    found = []
    for step in (1e-7, -2e-7):
        with torch.no_grad():
            weight[0, :, 1, 1] += step
        (slope,) = torch.autograd.grad(logits(network, sample).sum(), sample)
        found.append(slope.square().sum().item())
    wanted = (found[0] - found[1]) / 2e-7
    assert exact[0, :, 1, 1].sum().item() == pytest.approx(wanted, rel=1e-3)
    assert wanted


def test_spectral_heads_have_norm_one() -> None:
    network = projected().train()
    logits(network, torch.randn(2, *SPACE.shape))
    for head in network.heads:
        for conv in head.convs:
            assert torch.linalg.matrix_norm(conv.weight.flatten(1), 2).item() == pytest.approx(
                1, abs=0.01
            )
    assert not any("parametrizations" in name for name in projected(spectral=False).state_dict())
