"""Encoders of pictures."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from pydantic import ValidationError
from safetensors.torch import save_file

from mmgan_core.errors import MmganError
from mmgan_image.modality.image_modality import ImageModality, ImageOptions
from mmgan_image.networks.conv_encoder import ConvEncoder, ConvEncoderOptions
from mmgan_image.networks.timm_encoder import TimmEncoder, TimmEncoderOptions

PICTURES = [Image.new("RGB", (20, 30), colour) for colour in ("red", "green", "blue")]
TINY = "test_vit"


def modality(height: int = 20, width: int = 14, channels: int = 3) -> ImageModality:
    return ImageModality(ImageOptions(channels=channels, height=height, width=width))


@pytest.mark.parametrize("size", [(20, 14, 3), (5, 33, 1), (1, 1, 4), (64, 64, 2)])
def test_conv_takes_any_size(size: tuple[int, int, int]) -> None:
    encoder = ConvEncoder(ConvEncoderOptions(dim=9, width=8), modality(*size))
    encoding = encoder(encoder.prepare(PICTURES))
    assert encoding.pooled.shape == (3, 9)
    encoding.pooled.square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in encoder.parameters())


def test_tokens_of_conv_are_places_of_its_last_maps() -> None:
    encoder = ConvEncoder(ConvEncoderOptions(dim=9, width=8, tokens=True), modality(64, 32))
    encoding = encoder(encoder.prepare(PICTURES))
    assert encoding.maps is not None
    assert encoding.tokens is not None
    assert encoding.tokens.shape == (3, encoding.maps[0, 0].numel(), 9)
    assert encoder.space.token_dim == 9
    (found,) = torch.autograd.grad(encoding.tokens[0, 1].sum(), encoding.maps)
    assert found[0].flatten(1).any(0).nonzero().tolist() == [[1]]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import timm

    torch.manual_seed(0)
    network = timm.create_model(TINY, pretrained=False, num_classes=0)
    file = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_file(network.state_dict(), file)
    return file


def test_frozen_features_are_prepared_and_not_saved(weights: Path) -> None:
    options = TimmEncoderOptions(model=TINY, checkpoint=str(weights), dim=9)
    encoder = TimmEncoder(options, modality())
    prepared = encoder.prepare(PICTURES)
    again = TimmEncoder(options, modality()).prepare(PICTURES)
    assert torch.equal(prepared["features"], again["features"])
    assert not torch.allclose(prepared["features"][0], prepared["features"][1])
    assert encoder(prepared).pooled.shape == (3, 9)
    assert {name.partition(".")[0] for name in encoder.state_dict()} == {"head"}
    assert not encoder.in_workers


def test_trained_along_every_weight_learns() -> None:
    encoder = TimmEncoder(
        TimmEncoderOptions(model=TINY, pretrained=False, train=True, dim=9), modality()
    )
    encoder(encoder.prepare(PICTURES)).pooled.square().sum().backward()
    assert all(p.grad is not None for p in encoder.network.parameters())
    assert any(name.startswith("network.") for name in encoder.state_dict())


def test_random_and_frozen_says_nothing() -> None:
    with pytest.raises(ValidationError, match="random weights"):
        TimmEncoderOptions(pretrained=False)


def test_an_unknown_model_and_a_bad_file(tmp_path: Path) -> None:
    with pytest.raises(MmganError, match="resnet_none"):
        TimmEncoder(TimmEncoderOptions(model="resnet_none"), modality())
    (tmp_path / "x.safetensors").write_bytes(b"nonsense")
    with pytest.raises(MmganError, match=r"x\.safetensors"):
        TimmEncoder(
            TimmEncoderOptions(model=TINY, checkpoint=str(tmp_path / "x.safetensors")), modality()
        )


def test_the_fingerprint_is_that_of_the_weights(weights: Path, tmp_path: Path) -> None:
    """Wherever they lie; those of a trained network are no part of what is prepared."""
    import timm

    def fingerprint(**options: object) -> str:
        chosen = TimmEncoderOptions.model_validate({"model": TINY, "dim": 9, **options})
        return TimmEncoder(chosen, modality()).fingerprint()

    copy, other = tmp_path / "copy.safetensors", tmp_path / "other.safetensors"
    copy.write_bytes(weights.read_bytes())
    torch.manual_seed(1)
    save_file(timm.create_model(TINY, pretrained=False, num_classes=0).state_dict(), other)
    first = fingerprint(checkpoint=str(weights))
    assert fingerprint(checkpoint=str(copy)) == first
    assert fingerprint(checkpoint=str(other)) != first
    assert fingerprint(pretrained=False, train=True) == fingerprint(
        checkpoint=str(other), train=True
    )
