"""The components that this package supplies."""

from __future__ import annotations

from typing import Literal

from mmgan_core import Spec, Starter, hookimpl

_HOME = "mmgan_image"
_R3 = "https://arxiv.org/abs/2501.05441"
_ADA = "https://arxiv.org/abs/2006.06676"
_DCGAN = "https://arxiv.org/abs/1511.06434"
_STYLE = "https://arxiv.org/abs/1912.04958"
_BIG = "https://arxiv.org/abs/1809.11096"


def _dcgan(width: int) -> tuple[dict[str, object], dict[str, object]]:
    """A generator and a discriminator of one width."""
    most = 8 * width
    return (
        {"use": "image/dcgan", "width": width, "max_width": most, "noise_dim": 64},
        # Batch normalisation would mix the slopes that the penalties take of each sample.
        {"use": "image/dcgan", "width": width, "max_width": most, "normalise": False},
    )


_FOLLOWING: tuple[Literal["pooled", "maps"], ...] = ("pooled", "maps")


@hookimpl
def mmgan_modalities() -> list[Spec]:
    """Images."""
    return [
        Spec(
            "image/image",
            f"{_HOME}.modality.image_modality:ImageModality",
            "Pictures of any size, grey, RGB or with alpha",
            modalities=("image",),
            default=True,
            starter=Starter(
                encoder="image/conv",
                generator=_dcgan(32)[0],
                discriminator=_dcgan(32)[1],
                networks=(_dcgan(16), _dcgan(24), _dcgan(32), _dcgan(48)),
                repairer={"use": "image/unet", "width": 16, "refine": 1},
                augment={"use": "image/diffaugment", "policy": ["colour", "translation"]},
                features={"use": "image/features", "dim": 0},
            ),
            hub_tasks=("unconditional-image-generation", "image-to-image", "text-to-image"),
        ),
    ]


@hookimpl
def mmgan_encoders() -> list[Spec]:
    """Encoders of images."""
    return [
        Spec(
            "image/conv",
            f"{_HOME}.networks.conv_encoder:ConvEncoder",
            "A small convolutional network",
            modalities=("image",),
        ),
        Spec(
            "image/pixels",
            f"{_HOME}.networks.pixels_encoder:PixelsEncoder",
            "The given picture itself, for networks that follow it place by place",
            modalities=("image",),
        ),
        Spec(
            "image/features",
            f"{_HOME}.networks.features_encoder:FeaturesEncoder",
            "Orientations of edges and small colours, without weights",
            modalities=("image",),
            paper="https://doi.org/10.1109/CVPR.2005.177",
        ),
        Spec(
            "image/timm",
            f"{_HOME}.networks.timm_encoder:TimmEncoder",
            "Any timm model, frozen or trained with the GAN",
            modalities=("image",),
            keeps_batch_state=True,  # trained ones may have batch normalisation
            paper="https://github.com/huggingface/pytorch-image-models",
        ),
        Spec(
            "image/inception",
            f"{_HOME}.networks.inception_encoder:InceptionEncoder",
            "The Inception network of the FID, frozen",
            modalities=("image",),
            paper="https://arxiv.org/abs/1512.00567",
        ),
    ]


@hookimpl
def mmgan_generators() -> list[Spec]:
    """Generators of images."""
    return [
        Spec(
            "image/r3",
            f"{_HOME}.networks.r3_generator:R3Generator",
            "Residual generator of R3GAN, without normalisation",
            modalities=("image", "audio"),
            exportable=True,
            condition_parts=("pooled", "tokens"),
            paper=_R3,
        ),
        Spec(
            "image/dcgan",
            f"{_HOME}.networks.dcgan_generator:DCGANGenerator",
            "DCGAN's generator, with batch normalisation",
            modalities=("image",),
            exportable=True,
            condition_parts=("pooled", "tokens"),
            keeps_batch_state=True,
            paper=_DCGAN,
        ),
        Spec(
            "image/unet",
            f"{_HOME}.networks.unet_generator:UNetGenerator",
            "Fills in missing places or follows a picture: a U-Net, modulated by noise",
            modalities=("image", "audio"),
            exportable=True,
            repairs=True,
            any_size=True,
            version=2,
            condition_parts=_FOLLOWING,
            paper="https://arxiv.org/abs/2103.10428",
        ),
        Spec(
            "image/style",
            f"{_HOME}.networks.style_generator:StyleGenerator",
            "StyleGAN2's generator: styles modulate every layer",
            modalities=("image",),
            exportable=True,
            condition_parts=("pooled", "tokens", "maps"),
            paper=_STYLE,
        ),
        Spec(
            "image/residual",
            f"{_HOME}.networks.residual_generator:ResidualGenerator",
            "SNGAN's and BigGAN's residual generator, with modulated batch normalisation",
            modalities=("image",),
            exportable=True,
            keeps_batch_state=True,
            paper=_BIG,
        ),
        Spec(
            "image/spade",
            f"{_HOME}.networks.spade_generator:SpadeGenerator",
            "SPADE's generator: what is given scales and shifts the maps at each place",
            modalities=("image",),
            exportable=True,
            keeps_batch_state=True,
            condition_parts=_FOLLOWING,
            any_size=True,
            paper="https://arxiv.org/abs/1903.07291",
        ),
        Spec(
            "image/fast",
            f"{_HOME}.networks.fast_generator:FastGenerator",
            "FastGAN's light generator: gates and skip-layer excitation",
            modalities=("image",),
            exportable=True,
            keeps_batch_state=True,
            paper="https://arxiv.org/abs/2101.04775",
        ),
    ]


@hookimpl
def mmgan_discriminators() -> list[Spec]:
    """Discriminators of images."""
    return [
        Spec(
            "image/r3",
            f"{_HOME}.networks.r3_discriminator:R3Discriminator",
            "Residual discriminator of R3GAN, without normalisation",
            modalities=("image", "audio"),
            exportable=True,
            condition_parts=("pooled", "tokens", "maps"),
            paper=_R3,
        ),
        Spec(
            "image/dcgan",
            f"{_HOME}.networks.dcgan_discriminator:DCGANDiscriminator",
            "DCGAN's discriminator, with batch normalisation",
            modalities=("image",),
            exportable=True,
            condition_parts=("pooled", "tokens"),
            keeps_batch_state=True,
            paper=_DCGAN,
        ),
        Spec(
            "image/residual",
            f"{_HOME}.networks.residual_discriminator:ResidualDiscriminator",
            "SNGAN's and BigGAN's residual discriminator, with spectral normalisation",
            modalities=("image",),
            exportable=True,
            paper="https://arxiv.org/abs/1802.05957",
        ),
        Spec(
            "image/unet",
            f"{_HOME}.networks.unet_discriminator:UNetDiscriminator",
            "U-Net: one logit for the whole and one for each pixel",
            modalities=("image", "audio"),
            exportable=True,
            condition_parts=_FOLLOWING,
            paper="https://arxiv.org/abs/2002.12655",
        ),
        Spec(
            "image/patch",
            f"{_HOME}.networks.patch_discriminator:PatchDiscriminator",
            "PatchGAN's discriminator: one logit for each patch",
            modalities=("image", "audio"),
            exportable=True,
            keeps_batch_state=True,
            condition_parts=_FOLLOWING,
            paper="https://arxiv.org/abs/1611.07004",
        ),
        Spec(
            "image/projected",
            f"{_HOME}.networks.projected_discriminator:ProjectedDiscriminator",
            "Projected GAN's discriminator: small heads on a frozen network's features",
            modalities=("image",),
            paper="https://arxiv.org/abs/2111.01007",
        ),
    ]


@hookimpl
def mmgan_auxiliary_losses() -> list[Spec]:
    """Auxiliary losses of generators of images."""
    return [
        Spec(
            "image/path-length",
            f"{_HOME}.losses.path_length:PathLength",
            "Path length regularisation, for the generator image/style",
            modalities=("image",),
            paper=_STYLE,
        ),
    ]


@hookimpl
def mmgan_metrics() -> list[Spec]:
    """Metrics of images."""
    return [
        Spec(
            "image/ssim",
            f"{_HOME}.metrics.ssim:SSIM",
            "Structural similarity of made pictures to the real ones of their rows",
            modalities=("image",),
            paper="https://doi.org/10.1109/TIP.2003.819861",
        ),
        Spec(
            "image/fid",
            f"{_HOME}.metrics.inception_distances:FID",
            "FID: Fréchet distance in the published Inception features",
            modalities=("image",),
            paper="https://arxiv.org/abs/1706.08500",
        ),
        Spec(
            "image/kid",
            f"{_HOME}.metrics.inception_distances:KID",
            "KID: kernel distance in the published Inception features",
            modalities=("image",),
            paper="https://arxiv.org/abs/1801.01401",
        ),
    ]


@hookimpl
def mmgan_augmentations() -> list[Spec]:
    """Augmentations of images."""
    return [
        Spec(
            "image/diffaugment",
            f"{_HOME}.augment.diffaugment:DiffAugment",
            "DiffAugment: colour, translation and cutout",
            modalities=("image", "audio"),
            paper="https://arxiv.org/abs/2006.10738",
        ),
        Spec(
            "image/geometry",
            f"{_HOME}.augment.geometry:Geometry",
            "ADA's geometry: translation, scale, stretch, rotation, flips",
            modalities=("image",),
            paper=_ADA,
        ),
        Spec(
            "image/colour",
            f"{_HOME}.augment.colour:Colour",
            "ADA's colour: brightness, contrast, hue, saturation",
            modalities=("image",),
            paper=_ADA,
        ),
        Spec(
            "image/cutmix",
            f"{_HOME}.augment.cutmix:CutMix",
            "A box of each picture replaced by another row's",
            modalities=("image", "audio"),
            paper="https://arxiv.org/abs/1905.04899",
        ),
    ]
