"""What this package supplies."""

from __future__ import annotations

from mmgan_core import Spec, hookimpl

_HOME = "mmgan_image"
_R3 = "https://arxiv.org/abs/2501.05441"
_DCGAN = "https://arxiv.org/abs/1511.06434"


@hookimpl
def mmgan_modalities() -> list[Spec]:
    """Images."""
    return [
        Spec("image/image", f"{_HOME}.image_modality:ImageModality",
             "Pictures of any size, grey, RGB or with alpha", modalities=("image",), default=True),
    ]  # fmt: skip


@hookimpl
def mmgan_encoders() -> list[Spec]:
    """Encoders of images."""
    return [
        Spec("image/conv", f"{_HOME}.conv_encoder:ConvEncoder",
             "A small convolutional network", modalities=("image",)),
        Spec("image/timm", f"{_HOME}.timm_encoder:TimmEncoder",
             "Any timm model, frozen or trained", modalities=("image",),
             keeps_batch_state=True,  # many have batch normalisation, when they are trained along
             paper="https://github.com/huggingface/pytorch-image-models"),
    ]  # fmt: skip


@hookimpl
def mmgan_generators() -> list[Spec]:
    """Generators of images; the dense one makes anything."""
    return [
        Spec("image/r3", f"{_HOME}.r3_generator:R3Generator",
             "Residual generator of R3GAN, without normalisation", modalities=("image", "audio"),
             exportable=True, paper=_R3),
        Spec("image/dcgan", f"{_HOME}.dcgan_generator:DCGANGenerator",
             "DCGAN's generator, with batch normalisation", modalities=("image",),
             exportable=True, keeps_batch_state=True, paper=_DCGAN),
        Spec("image/dense", f"{_HOME}.dense_generator:DenseGenerator",
             "Dense layers; makes samples of any shape", exportable=True),
    ]  # fmt: skip


@hookimpl
def mmgan_discriminators() -> list[Spec]:
    """Discriminators of images; the dense one judges anything."""
    return [
        Spec("image/r3", f"{_HOME}.r3_discriminator:R3Discriminator",
             "Residual discriminator of R3GAN, without normalisation",
             modalities=("image", "audio"),
             exportable=True, paper=_R3),
        Spec("image/dcgan", f"{_HOME}.dcgan_discriminator:DCGANDiscriminator",
             "DCGAN's discriminator, with batch normalisation", modalities=("image",),
             exportable=True, keeps_batch_state=True, paper=_DCGAN),
        Spec("image/dense", f"{_HOME}.dense_discriminator:DenseDiscriminator",
             "Dense layers; judges samples of any shape", exportable=True),
    ]  # fmt: skip


@hookimpl
def mmgan_augmentations() -> list[Spec]:
    """Augmentations of images."""
    return [
        Spec("image/diffaugment", f"{_HOME}.diffaugment:DiffAugment",
             "Colour, translation and cutout, differentiable",
             modalities=("image", "audio"),
             paper="https://arxiv.org/abs/2006.10738"),
    ]  # fmt: skip
