"""Networks that follow maps: what they see of a given picture, and where."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mmgan_core import load_recipe
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Discriminator,
    Generator,
    GeneratorStep,
    Masked,
    SampleSpace,
)
from mmgan_core.errors import BadValue, RecipeError
from mmgan_image.blocks.conditioning import seen, seen_channels
from mmgan_image.blocks.followed_maps import fitted
from mmgan_image.losses.path_length import PathLength, PathLengthOptions
from mmgan_image.modality.image_modality import ImageModality, ImageOptions
from mmgan_image.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorOptions
from mmgan_image.networks.pixels_encoder import PixelsEncoder, PixelsEncoderOptions
from mmgan_image.networks.r3_discriminator import R3Discriminator, R3DiscriminatorOptions
from mmgan_image.networks.spade_generator import (
    SpadeGenerator,
    SpadeGeneratorOptions,
    _SpadeNorm,
)
from mmgan_image.networks.style_generator import StyleGenerator, StyleGeneratorOptions
from mmgan_image.networks.unet_discriminator import UNetDiscriminator, UNetDiscriminatorOptions
from mmgan_image.networks.unet_generator import UNetGenerator, UNetGeneratorOptions

SPACE = SampleSpace("image", (3, 8, 8))
GIVEN = ConditionSpace(0, map_channels=2, map_shape=(4, 4))
SMALL = {"width": 4}


def shaken(network: torch.nn.Module) -> torch.nn.Module:
    """All weights changed at random, so that none stays zero."""
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    return network.eval()


def unet(condition: ConditionSpace = GIVEN, **options: object) -> UNetGenerator:
    chosen = UNetGeneratorOptions.model_validate({**SMALL, "noise_dim": 3, **options})
    return UNetGenerator(chosen, SPACE, condition)


def style(condition: ConditionSpace = GIVEN, **options: object) -> StyleGenerator:
    torch.manual_seed(0)
    chosen = StyleGeneratorOptions.model_validate(
        {**SMALL, "latent_dim": 3, "style_dim": 4, "mapping": 1, **options}
    )
    return StyleGenerator(chosen, SPACE, condition)


def spade(condition: ConditionSpace = GIVEN, **options: object) -> SpadeGenerator:
    chosen = SpadeGeneratorOptions.model_validate({**SMALL, "noise_dim": 3, "inner": 4, **options})
    return SpadeGenerator(chosen, SPACE, condition)


def patch(condition: ConditionSpace, **options: object) -> Discriminator:
    chosen = PatchDiscriminatorOptions.model_validate({**SMALL, "layers": 1, **options})
    return PatchDiscriminator(chosen, SPACE, condition)


def unet_discriminator(condition: ConditionSpace, **options: object) -> Discriminator:
    chosen = UNetDiscriminatorOptions.model_validate({**SMALL, **options})
    return UNetDiscriminator(chosen, SPACE, condition)


def r3(condition: ConditionSpace, **options: object) -> Discriminator:
    chosen = R3DiscriminatorOptions.model_validate({"width": 8, "group": 4, **options})
    return R3Discriminator(chosen, SPACE, condition)


def with_maps(maps: Tensor) -> Condition:
    return Condition(torch.zeros(len(maps), 0), maps=maps)


def test_the_encoder_of_pixels_hands_the_picture_on() -> None:
    options = ImageOptions(channels=3, height=4, width=6)
    encoder = PixelsEncoder(PixelsEncoderOptions(), ImageModality(options))
    assert (encoder.dim, encoder.map_channels, encoder.map_shape) == (0, 3, (4, 6))
    bytes_ = torch.randint(0, 256, (2, 3, 4, 6), dtype=torch.uint8)
    encoding = encoder({"prepared": bytes_})
    assert encoding.maps is not None
    torch.testing.assert_close(encoding.maps, bytes_ / 127.5 - 1)
    assert encoding.pooled.shape == (2, 0)
    assert encoder.of_sample(encoding.maps).maps is encoding.maps
    assert encoder.moves
    assert not list(encoder.parameters())


def test_maps_are_enlarged_between_their_places_and_averaged_where_they_shrink() -> None:
    maps = torch.tensor([[[[0.0, 4.0], [0.0, 4.0]]]])
    assert fitted(maps, (2, 4))[0, 0, 0].tolist() == [0, 1, 3, 4]
    assert fitted(maps, (2, 2)) is maps
    steps = torch.tensor([0.0, 8.0, 0.0, 8.0]).expand(1, 1, 4, 4)
    torch.testing.assert_close(fitted(steps, (2, 2)).mean(), torch.tensor(4.0))
    assert fitted(steps, (2, 2)).std() < 1.2, "a value in two is not all that is left"


def test_a_discriminator_sees_sample_mask_and_maps_side_by_side() -> None:
    sample, maps = torch.randn(2, 3, 8, 8), torch.randn(2, 2, 8, 8)
    missing = torch.ones(2, 1, 8, 8)
    condition = Condition(torch.zeros(2, 0), maps=maps, masked=Masked(sample, missing))
    assert torch.equal(seen(sample, condition, follow=True), torch.cat([sample, missing, maps], 1))
    assert torch.equal(seen(sample, condition), torch.cat([sample, missing], 1))
    assert seen(sample, with_maps(maps)) is sample
    space = ConditionSpace(0, map_channels=2, map_shape=(8, 8), mask_shape=(1, 8, 8))
    assert (seen_channels(SPACE, space), seen_channels(SPACE, space, follow=True)) == (4, 6)


@pytest.mark.parametrize("make", [unet, spade, style], ids=lambda make: make.__name__)
def test_generators_follow_every_place_and_depend_on_noise(
    make: Callable[..., Generator],
) -> None:
    torch.manual_seed(0)
    network = shaken(make() if make is spade else make(follow=True))
    assert network.reads == {"pooled", "maps"}
    maps = torch.randn(1, 2, 4, 4, requires_grad=True)
    noise = torch.randn(1, network.noise_dim)  # type: ignore[arg-type]
    made = network(noise, with_maps(maps))
    assert made.shape == (1, 3, 8, 8)
    made.square().sum().backward()
    assert maps.grad is not None
    assert (maps.grad != 0).all()
    assert not torch.allclose(made, network(noise + 1, with_maps(maps)))


def test_without_follow_maps_change_nothing_and_cost_nothing() -> None:
    network = style()
    assert network.reads == {"pooled"}
    noise = torch.randn(2, network.noise_dim)
    network.eval()
    made = [network(noise, with_maps(torch.randn(2, 2, 4, 4))) for _ in range(2)]
    assert torch.equal(*made)


def test_following_styles_starts_as_if_nothing_were_followed() -> None:
    plain, following = style().eval(), style(follow=True).eval()
    own = plain.state_dict()
    assert all(torch.equal(own[key], following.state_dict()[key]) for key in own)
    noise, condition = torch.randn(2, plain.noise_dim), with_maps(torch.randn(2, 2, 4, 4))
    assert torch.equal(plain(noise, condition), following(noise, condition))


def test_path_lengths_are_those_of_pictures_that_follow() -> None:
    torch.manual_seed(0)
    network = shaken(style(follow=True))
    noise, real = torch.randn(2, network.noise_dim), torch.zeros(2, *SPACE.shape)  # type: ignore[arg-type,call-overload]

    def length(maps: Tensor) -> Tensor:
        torch.manual_seed(1)
        step = GeneratorStep(network, noise, with_maps(maps), real, real, None)  # type: ignore[arg-type]
        loss = PathLength(PathLengthOptions(), SPACE)
        loss(step)
        return loss.track[0]

    assert length(torch.zeros(2, 2, 4, 4)) != length(torch.full((2, 2, 4, 4), 3.0))


def test_a_spade_norm_scales_and_shifts_each_place_by_what_is_given_there() -> None:
    norm = _SpadeNorm(1, given=1, inner=1, vector=1)
    with torch.no_grad():
        for weight in norm.parameters():
            weight.zero_()
        norm.look.weight[0, 0, 1, 1] = 1
        norm.there.weight[0, 0, 1, 1] = 1  # the scale
        norm.there.weight[1, 0, 1, 1] = 2  # the shift
        norm.everywhere.weight[1] = 10
    maps = torch.tensor([[[[-1.0, 1.0]]]])
    given = torch.tensor([[[[0.5, 3.0]]]])
    out = norm(maps, given, torch.tensor([[1.0]]))[0, 0, 0]
    expected = [-1 * (1 + 0.5) + 2 * 0.5 + 10, 1 * (1 + 3.0) + 2 * 3.0 + 10]
    torch.testing.assert_close(out, torch.tensor(expected), atol=1e-3, rtol=0)


def test_a_unet_sees_the_known_places_and_the_maps() -> None:
    torch.manual_seed(0)
    space = ConditionSpace(0, map_channels=2, map_shape=(4, 4), mask_shape=(1, 8, 8))
    network = shaken(unet(space, follow=True))
    sample, missing = torch.rand(1, 3, 8, 8), torch.zeros(1, 1, 8, 8)
    missing[..., 2:6, 2:6] = 1
    noise, maps = torch.randn(1, 3), torch.randn(1, 2, 4, 4)

    def made(sample: Tensor, maps: Tensor) -> Tensor:
        masked = Masked.of(sample, missing, SPACE)
        found: Tensor = network(noise, Condition(torch.zeros(1, 0), maps=maps, masked=masked))
        return found

    first = made(sample, maps)
    assert not torch.allclose(first, made(sample, maps + 1))
    assert not torch.allclose(first, made(sample / 2, maps))


def test_a_unet_without_anything_to_see_is_refused() -> None:
    with pytest.raises(BadValue, match="has neither: add repair: to it, or follow: true"):
        unet()
    with pytest.raises(BadValue, match="follow: nothing given makes maps"):
        unet(ConditionSpace(3), follow=True)
    with pytest.raises(BadValue, match=r"follow: something given makes maps along \(7,\)"):
        unet(ConditionSpace(3, map_channels=1, map_shape=(7,)), follow=True)
    with pytest.raises(BadValue, match="smooth: fills in missing places"):
        unet(follow=True, smooth=2)


@pytest.mark.parametrize("make", [patch, unet_discriminator, r3], ids=lambda make: make.__name__)
def test_discriminators_follow_only_if_they_are_told_to(
    make: Callable[..., Discriminator],
) -> None:
    torch.manual_seed(0)
    sample, maps = torch.randn(2, 3, 8, 8), torch.randn(2, 2, 4, 4)
    for follow in (True, False):
        network = shaken(make(GIVEN, follow=follow))
        assert ("maps" in network.reads) is follow
        logits = [network(sample, with_maps(m)).logits for m in (maps, -maps)]
        assert torch.allclose(*logits) is not follow
    with pytest.raises(BadValue, match="nothing given makes maps"):
        make(ConditionSpace(2), follow=True)


def test_a_recipe_whose_networks_follow_nothing_is_refused() -> None:
    picture = {"use": "image/image", "channels": 1, "height": 8, "width": 8}
    given = {"small": {"modality": picture, "column": "image", "encoder": "image/pixels"}}
    recipe = load_recipe("digits", given=given, align=None, prior=None)
    says = r"given\.small\.encoder: image/pixels makes maps alone"
    with pytest.raises(RecipeError, match=says) as found:
        open_recipe(recipe)[0].build()
    assert all(name in str(found.value) for name in ("image/spade", "image/unet", "image/style"))
