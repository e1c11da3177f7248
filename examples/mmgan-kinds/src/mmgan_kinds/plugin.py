"""The components that this package supplies: one hook for each kind."""

from __future__ import annotations

from pathlib import Path

from mmgan_core import Spec, hookimpl

_HOME = "mmgan_kinds"


@hookimpl
def mmgan_data_sources() -> list[Spec]:
    """Data that are made as they are read."""
    return [
        Spec(
            "kinds/shapes",
            f"{_HOME}.shapes_source:Shapes",
            "Pictures of discs and of rings, which belong together in no way",
        ),
        Spec(
            "kinds/tales",
            f"{_HOME}.tales_source:Tales",
            "Sentences about animals, and what each says in three words",
        ),
    ]


@hookimpl
def mmgan_encoders() -> list[Spec]:
    """Encoders."""
    return [
        Spec(
            "kinds/bands",
            f"{_HOME}.bands_encoder:BandsEncoder",
            "A spectrogram itself, for networks that follow it along time",
            modalities=("audio",),
        ),
    ]


@hookimpl
def mmgan_fusions() -> list[Spec]:
    """What makes a condition of encodings."""
    return [
        Spec(
            "kinds/posterior",
            f"{_HOME}.posterior_fusion:PosteriorFusion",
            "The mean and the log-variance of a Gaussian, for a variational autoencoder",
            paper="https://arxiv.org/abs/1802.05335",
        ),
    ]


@hookimpl
def mmgan_generators() -> list[Spec]:
    """Generators."""
    return [
        Spec(
            "kinds/posterior",
            f"{_HOME}.posterior_generator:PosteriorGenerator",
            "Dense layers that decode a sample of the condition's Gaussian",
            exportable=True,
            paper="https://arxiv.org/abs/1312.6114",
        ),
        Spec(
            "kinds/wave",
            f"{_HOME}.wave_generator:WaveGenerator",
            "A waveform that follows a spectrogram: transposed and dilated convolutions",
            modalities=("audio",),
            exportable=True,
            condition_parts=("maps",),
            any_size=True,
            paper="https://arxiv.org/abs/1910.06711",
        ),
    ]


@hookimpl
def mmgan_discriminators() -> list[Spec]:
    """Discriminators."""
    return [
        Spec(
            "kinds/wave",
            f"{_HOME}.wave_discriminator:WaveDiscriminator",
            "Strided convolutions over a waveform, one logit for each stretch of it",
            modalities=("audio",),
            exportable=True,
            unconditional=True,
            paper="https://arxiv.org/abs/1910.06711",
        ),
    ]


@hookimpl
def mmgan_auxiliary_losses() -> list[Spec]:
    """What a generator minimises beside the adversarial loss."""
    return [
        Spec(
            "kinds/kl",
            f"{_HOME}.kl_loss:KL",
            "How far the condition's Gaussian is from the unit one",
            paper="https://arxiv.org/abs/1312.6114",
        ),
        Spec(
            "kinds/spectra",
            f"{_HOME}.spectra_loss:Spectra",
            "Differences of log-mel spectra, as they are heard",
            modalities=("audio",),
            paper="https://arxiv.org/abs/2010.05646",
        ),
    ]


@hookimpl
def mmgan_recipes() -> list[Path]:
    """One recipe for each kind of GAN."""
    return [Path(__file__).parent / "recipes"]
