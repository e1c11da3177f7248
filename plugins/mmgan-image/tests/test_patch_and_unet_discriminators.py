"""Discriminators of many logits: what each of them sees, and how they are conditioned."""

from collections.abc import Callable

import pytest
import torch

from mmgan_core.contracts import Condition, ConditionSpace, Discriminator, Masked, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_image.blocks.head import Head
from mmgan_image.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorOptions
from mmgan_image.networks.unet_discriminator import UNetDiscriminator, UNetDiscriminatorOptions

SPACE, NOTHING = SampleSpace("image", (3, 64, 64)), ConditionSpace(0)
WAYS = ["projection", "concatenation", "auxiliary"]


def patch(
    space: SampleSpace = SPACE, condition: ConditionSpace = NOTHING, **options: object
) -> PatchDiscriminator:
    torch.manual_seed(0)
    chosen = PatchDiscriminatorOptions.model_validate({"width": 4, **options})
    return PatchDiscriminator(chosen, space, condition).eval()


def unet(
    space: SampleSpace = SPACE, condition: ConditionSpace = NOTHING, **options: object
) -> UNetDiscriminator:
    torch.manual_seed(0)
    chosen = UNetDiscriminatorOptions.model_validate({"width": 4, **options})
    return UNetDiscriminator(chosen, space, condition).eval()


def seen_by(network: Discriminator, *logit: int) -> torch.Tensor:
    """Which pixels decide one logit, (H, W)."""
    sample = torch.randn(1, *network.space.shape, requires_grad=True)
    critique = network(sample, Condition(torch.zeros(1, network.condition.dim)))
    critique.logits[(0, *logit)].backward()
    assert sample.grad is not None
    return sample.grad[0].abs().sum(0) > 0


@pytest.mark.parametrize(("layers", "width"), [(0, 4), (1, 10), (2, 22), (3, 46)])
def test_a_patch_is_as_wide_as_it_says(layers: int, width: int) -> None:
    places = seen_by(patch(layers=layers), 32 >> layers, 32 >> layers).nonzero()
    assert (places.amax(0) - places.amin(0) + 1).tolist() == [width, width]


@pytest.mark.parametrize("size", [(64, 64), (17, 30), (1, 1), (2, 50)])
@pytest.mark.parametrize("layers", [0, 1, 3])
def test_patches_are_halved_and_rounded_up(size: tuple[int, int], layers: int) -> None:
    network = patch(SampleSpace("image", (1, *size)), layers=layers)
    logits = network(torch.randn(2, 1, *size), Condition(torch.zeros(2, 0))).logits
    assert logits.shape == (2, *(-(-side // 2**layers) for side in size))


def test_normalised_patches_know_the_batch() -> None:
    normed = patch(normalise=True).train()
    assert sum(isinstance(m, torch.nn.BatchNorm2d) for m in normed.modules()) == 2
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in patch().modules())


def test_only_pictures_are_taken() -> None:
    with pytest.raises(BadValue, match="core/dense"):
        patch(SampleSpace("label", (7,)))


def test_a_pixel_s_logit_sees_beyond_it_and_the_whole_s_sees_all() -> None:
    network = unet()
    assert seen_by(network, 0, 5, 5).all()
    near = seen_by(unet(levels=1), 1, 32, 32)
    assert near[32, 32]
    assert not near[0, 0]
    assert near.sum() > 9


def test_the_whole_weighs_as_much_as_its_pixels() -> None:
    network, sample = unet(), torch.randn(2, 3, 64, 64)
    critique = network(sample, Condition(torch.zeros(2, 0)))
    whole = critique.logits[:, 0]
    assert critique.logits.shape == (2, 2, 64, 64)
    assert torch.equal(whole, whole[:, :1, :1].expand_as(whole))
    assert [maps.shape[2] for maps in critique.features] == [64, 32, 16, 8, 4, 8, 16, 32, 64]


@pytest.mark.parametrize("make", [patch, unet])
def test_what_is_missing_is_seen(make: Callable[..., Discriminator]) -> None:
    space = SampleSpace("image", (1, 9, 6))
    network = make(space, ConditionSpace(0, mask_shape=(1, 9, 6)))
    sample, missing = torch.randn(1, 1, 9, 6), torch.zeros(1, 1, 9, 6)
    logits = [
        network(sample, Condition(torch.zeros(1, 0), masked=Masked(sample, m))).logits
        for m in (missing, missing + 1)
    ]
    assert not torch.allclose(*logits)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("make", [patch, unet])
def test_every_logit_depends_on_the_condition_or_none_does(
    make: Callable[..., Discriminator], way: str
) -> None:
    network = make(condition=ConditionSpace(5), conditioning=way)
    sample = torch.randn(1, 3, 64, 64)
    one, other = (network(sample, Condition(torch.randn(1, 5))) for _ in range(2))
    if way == "auxiliary":
        assert torch.equal(one.logits, other.logits)
        assert one.reading is not None
        assert one.reading.shape == (1, 5)
    else:
        assert (one.logits != other.logits).all()
        assert one.reading is None


@pytest.mark.parametrize("way", WAYS)
def test_a_head_treats_every_place_as_features_of_their_own(way: str) -> None:
    torch.manual_seed(0)
    head = Head(6, 4, way)
    maps, condition = torch.randn(3, 6, 2, 5), torch.randn(3, 4)
    logits = head(maps, condition)
    assert logits.shape == (3, 2, 5)
    alone = torch.stack(
        [head(maps[:, :, row, column], condition) for row in range(2) for column in range(5)], dim=1
    )
    torch.testing.assert_close(logits.flatten(1), alone)
    if way == "auxiliary":
        reading = head.critique(maps, condition).reading
        torch.testing.assert_close(reading, head.read(maps.mean((2, 3))))
