"""A picture that fills only a part of its frame: what is beyond it counts for nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from mmgan_core.blocks import batch_norm
from mmgan_core.contracts import Condition, ConditionSpace, Evaluated, SampleSpace
from mmgan_image.metrics.ssim import SSIM, SSIMOptions, ssim
from mmgan_image.modality.image_modality import ImageModality, ImageOptions
from mmgan_image.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorOptions


def modality(**options: object) -> ImageModality:
    size = {"channels": 1, "height": 8, "width": 8, "fit": "pad", "fill": 51}
    return ImageModality(ImageOptions(**{**size, **options}))  # type: ignore[arg-type]


def test_a_wide_picture_lies_in_the_middle_of_its_frame() -> None:
    """16 x 8 becomes 8 x 4: two rows of padding above and below, of level 51, -0.6."""
    wide = Image.new("L", (16, 8), 255)
    own = modality()
    (places,) = own.places([wide])
    assert places.int().tolist() == [[int(2 <= row < 6)] * 8 for row in range(8)]
    sample = own.to_sample(own.prepare([wide]))[0, 0]
    assert own.padding == pytest.approx(-0.6)
    assert torch.allclose(sample, torch.where(places, 1.0, torch.tensor(own.padding)))
    (shown,) = own.present(sample[None, None])
    ended = own.ended(shown, places)
    assert isinstance(ended, Image.Image)
    assert ended.size == (8, 4)
    assert modality(fit="stretch").places([wide]).all()


def discriminator(**options: object) -> PatchDiscriminator:
    torch.manual_seed(0)
    settings = PatchDiscriminatorOptions(**{"width": 4, "layers": 2, **options})  # type: ignore[arg-type]
    built = PatchDiscriminator(settings, SampleSpace("image", (1, 16, 16)), ConditionSpace(dim=3))
    for weight in built.parameters():
        weight.data += 0.1 * torch.randn(weight.shape)
    return built


def letterboxed(picture: Tensor, padding: float) -> tuple[Tensor, Tensor]:
    """Pictures (B, 1, 8, 16) in frames (B, 1, 16, 16), and where they lie."""
    frame = torch.full((len(picture), 1, 16, 16), padding)
    places = torch.zeros(len(picture), 1, 16, 16, dtype=torch.bool)
    frame[:, :, 4:12], places[:, :, 4:12] = picture, True
    return frame, places


@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize("conditioning", ["projection", "auxiliary"])
def test_patches_of_a_letterboxed_picture_are_those_of_the_picture(
    normalise: bool, conditioning: str
) -> None:
    """With 2 halvings and 4 rows above, patches lie alike in the picture and in its frame."""
    pooled, picture = torch.randn(5, 3), torch.randn(5, 1, 8, 16)
    alone = discriminator(normalise=normalise, conditioning=conditioning)
    framed = discriminator(normalise=normalise, conditioning=conditioning)
    of_picture = alone(picture, Condition(pooled))
    frame, places = letterboxed(picture, padding=7.0)
    of_frame = framed(frame, Condition(pooled, places=places))
    assert of_frame.places is not None
    torch.testing.assert_close(
        of_frame.logits[of_frame.places], of_picture.logits.flatten(), rtol=1e-4, atol=1e-5
    )
    for real, one, other in zip(
        of_frame.feature_places, of_frame.features, of_picture.features, strict=True
    ):
        assert real is not None
        rows = real[0, 0].any(1)
        torch.testing.assert_close(one[:, :, rows], other, rtol=1e-4, atol=1e-5)
        assert not one[:, :, ~rows].any()
    if conditioning == "auxiliary":
        torch.testing.assert_close(of_frame.reading, of_picture.reading, rtol=1e-4, atol=1e-5)
    for name, state in alone.state_dict().items():
        torch.testing.assert_close(framed.state_dict()[name], state, msg=name)


def test_padding_gets_no_gradient_from_patches() -> None:
    frame, places = letterboxed(torch.randn(5, 1, 8, 16), padding=0.0)
    frame.requires_grad_()
    critique = discriminator()(frame, Condition(torch.randn(5, 3), places=places))
    critique.mean(critique.logits.square()).backward()
    assert frame.grad is not None
    assert not frame.grad[~places].any()
    assert frame.grad[places].any()


def test_batch_statistics_are_of_real_places_alone() -> None:
    """Rows (1, 3) and (5, padding): mean 3, variance 8 / 3, unbiased 4."""
    maps = torch.tensor([[[1.0, 3.0]], [[5.0, 99.0]]])
    places = torch.tensor([[[True, True]], [[True, False]]])
    norm = nn.BatchNorm1d(1)
    found = batch_norm(norm, maps, places)
    expected = (torch.tensor([1.0, 3.0, 5.0]) - 3) / (8 / 3 + norm.eps) ** 0.5
    torch.testing.assert_close(found[places], expected)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    assert norm.running_mean.item() == pytest.approx(0.1 * 3)
    assert norm.running_var.item() == pytest.approx(0.9 + 0.1 * 4)
    assert norm.num_batches_tracked == 1
    # Without padding it is the layer itself.
    whole, plain = nn.BatchNorm1d(1), nn.BatchNorm1d(1)
    everywhere = torch.ones_like(places)
    torch.testing.assert_close(batch_norm(whole, maps, everywhere), plain(maps))
    torch.testing.assert_close(whole.state_dict(), plain.state_dict())
    assert torch.equal(batch_norm(plain.eval(), maps, places), plain(maps))


def test_ssim_of_a_letterboxed_picture_is_that_of_the_picture() -> None:
    torch.manual_seed(0)
    one, other = torch.rand(2, 3, 12, 20), torch.rand(2, 3, 12, 20)
    frames = torch.zeros(2, 3, 30, 20), torch.ones(2, 3, 30, 20)
    places = torch.zeros(2, 1, 30, 20, dtype=torch.bool)
    for frame, picture in zip(frames, (one, other), strict=True):
        frame[:, :, 9:21] = picture
    places[:, :, 9:21] = True
    torch.testing.assert_close(ssim(*frames, places), ssim(one, other))
    # A picture lower than the window has no whole one: those that touch it count.
    places[:, :, 12:] = False
    assert ssim(*frames, places).isfinite().all()


@pytest.mark.parametrize("metric", ["core/l1", "core/psnr", "image/ssim"])
def test_metrics_leave_padding_out(metric: str) -> None:
    from mmgan_core.plugins.catalogue import catalogue

    cls: Any = SSIM if metric == "image/ssim" else catalogue().load("metric", metric)
    options = SSIMOptions() if cls is SSIM else cls.Options()
    own = modality(height=16, width=16)
    torch.manual_seed(0)
    real = 2 * torch.rand(4, 1, 16, 16) - 1
    made = real + 0.1 * torch.rand(real.shape)
    places = torch.zeros(4, 1, 16, 16, dtype=torch.bool)
    places[:, :, 2:14] = True

    def value(sample: Tensor, places: Tensor | None) -> float:
        seen = Evaluated(modality=own, samples=real)
        fake = Evaluated(modality=own, samples=sample, references=seen, places=places)
        (found,) = cls(options).measure(fake, seen, seen)
        return float(found.value)

    hostile = torch.where(places, made, 1.0)
    assert value(hostile, places) == value(made, places)
    assert value(hostile, None) != value(made, None)
