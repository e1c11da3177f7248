"""The components that this package supplies."""

from __future__ import annotations

from mmgan_core import Spec, Starter, hookimpl


def _canvas(width: int) -> tuple[dict[str, object], dict[str, object]]:
    """A generator and a discriminator of one width."""
    named: dict[str, object] = {"use": "audio/mel-canvas", "width": width}
    return named, named


_TASKS = ("text-to-speech", "audio-to-audio")


@hookimpl
def mmgan_modalities() -> list[Spec]:
    return [
        Spec(
            "audio/audio",
            "mmgan_audio.audio_modality:AudioModality",
            "Sound as a waveform (1, T)",
            modalities=("audio",),
            default=True,
            starter=Starter(
                encoder="audio/mel-conv",
                generator="audio/mel-canvas",
                discriminator="audio/mel-canvas",
                networks=(_canvas(8), _canvas(12), _canvas(16), _canvas(24)),
                windowed="audio/mel-stream",
                made_as="audio/log-mel",
                features={"use": "audio/features", "dim": 0},
            ),
            hub_tasks=_TASKS,
        ),
        Spec(
            "audio/log-mel",
            "mmgan_audio.log_mel_modality:LogMelModality",
            "Sound as a log-mel canvas (1, bands, frames), made audible by Griffin-Lim",
            modalities=("audio",),
            hub_tasks=_TASKS,
            paper="Perraudin, Balazs, Søndergaard, A fast Griffin-Lim algorithm, WASPAA 2013",
        ),
    ]


@hookimpl
def mmgan_encoders() -> list[Spec]:
    return [
        Spec(
            "audio/mel-conv",
            "mmgan_audio.mel_conv_encoder:MelConvEncoder",
            "A small convolutional network over a log-mel spectrogram, for words and short sounds",
            modalities=("audio",),
            paper="Park et al., SpecAugment, Interspeech 2019",
        ),
        Spec(
            "audio/mel-canvas",
            "mmgan_audio.mel_canvas_encoder:MelCanvasEncoder",
            "A small convolutional network over log-mel canvases, made ones included",
            modalities=("audio",),
        ),
        Spec(
            "audio/features",
            "mmgan_audio.features_encoder:FeaturesEncoder",
            "Cepstra over time by librosa, and by choice chroma and tempo, without weights",
            modalities=("audio",),
            paper="Davis, Mermelstein, Comparison of parametric representations, IEEE ASSP 1980",
        ),
        Spec(
            "audio/mel-frames",
            "mmgan_audio.mel_frames_encoder:MelFrames",
            "A log-mel canvas itself, for networks that follow it along time",
            modalities=("audio",),
        ),
        Spec(
            "audio/transformer",
            "mmgan_audio.transformer_encoder:TransformerEncoder",
            "A small transformer over log-mel frames, for words and short sounds",
            modalities=("audio",),
            paper="Vaswani et al., Attention is all you need, NeurIPS 2017",
        ),
        Spec(
            "audio/wave-conv",
            "mmgan_audio.wave_conv_encoder:WaveConvEncoder",
            "A small convolutional network over the waveform, for words and short sounds",
            modalities=("audio",),
            paper="Zeghidour et al., Learning filterbanks from raw speech, ICASSP 2018",
        ),
    ]


@hookimpl
def mmgan_generators() -> list[Spec]:
    return [
        Spec(
            "audio/mel-canvas",
            "mmgan_audio.mel_canvas_generator:MelCanvasGenerator",
            "Residual generator of log-mel canvases of any size",
            modalities=("audio",),
            exportable=True,
            condition_parts=("pooled", "tokens"),
            paper="Huang et al., The GAN is dead; long live the GAN!, NeurIPS 2024",
        ),
        Spec(
            "audio/istft",
            "mmgan_audio.istft_generator:IstftGenerator",
            "A fast vocoder: ConvNeXt blocks along the frames of a mel, and an inverse transform",
            modalities=("audio",),
            exportable=True,
            condition_parts=("maps",),
            any_size=True,
            paper="Siuzdak, Vocos, ICLR 2024",
        ),
        Spec(
            "audio/hifi",
            "mmgan_audio.hifi_generator:HifiGenerator",
            "A vocoder of transposed convolutions, and residual blocks that see many lengths",
            modalities=("audio",),
            exportable=True,
            condition_parts=("maps",),
            any_size=True,
            paper="Kong, Kim, Bae, HiFi-GAN, NeurIPS 2020",
        ),
        Spec(
            "audio/wave",
            "mmgan_audio.wave_generator:WaveGenerator",
            "WaveGAN: transposed convolutions, waveforms of any length",
            modalities=("audio",),
            exportable=True,
            condition_parts=("pooled", "tokens"),
            paper="Donahue et al., Adversarial audio synthesis, ICLR 2019",
        ),
        Spec(
            "audio/mel-stream",
            "mmgan_audio.mel_stream_generator:MelStreamGenerator",
            "Convolutional generator of log-mel canvases of any length, trained on windows",
            modalities=("audio",),
            exportable=True,
            paper="Rahimi, Recht, Random features for large-scale kernel machines, NeurIPS 2007",
        ),
    ]


@hookimpl
def mmgan_discriminators() -> list[Spec]:
    return [
        Spec(
            "audio/mel-canvas",
            "mmgan_audio.mel_canvas_discriminator:MelCanvasDiscriminator",
            "Residual discriminator of log-mel canvases, with projection conditioning",
            modalities=("audio",),
            exportable=True,
            condition_parts=("pooled", "tokens"),
            paper="Miyato, Koyama, cGANs with projection discriminator, ICLR 2018",
        ),
        Spec(
            "audio/multi-period",
            "mmgan_audio.multi_period_discriminator:MultiPeriodDiscriminator",
            "Looks at every second, third, fifth, ... sample of a waveform",
            modalities=("audio",),
            exportable=True,
            unconditional=True,
            paper="Kong, Kim, Bae, HiFi-GAN, NeurIPS 2020",
        ),
        Spec(
            "audio/multi-scale",
            "mmgan_audio.multi_scale_discriminator:MultiScaleDiscriminator",
            "Looks at a waveform at several time scales",
            modalities=("audio",),
            exportable=True,
            unconditional=True,
            paper="Kumar et al., MelGAN, NeurIPS 2019",
        ),
        Spec(
            "audio/multi-resolution-stft",
            "mmgan_audio.multi_resolution_stft_discriminator:MultiResolutionStftDiscriminator",
            "Looks at the spectra of a waveform at several resolutions",
            modalities=("audio",),
            exportable=True,
            unconditional=True,
            paper="Jang et al., UnivNet, Interspeech 2021",
        ),
        Spec(
            "audio/wave",
            "mmgan_audio.wave_discriminator:WaveDiscriminator",
            "WaveGAN: strided convolutions with phase shuffle, and projection conditioning",
            modalities=("audio",),
            exportable=True,
            condition_parts=("pooled", "tokens"),
            paper="Donahue et al., Adversarial audio synthesis, ICLR 2019",
        ),
    ]


@hookimpl
def mmgan_auxiliary_losses() -> list[Spec]:
    return [
        Spec(
            "audio/mel-distance",
            "mmgan_audio.mel_distance_loss:MelDistance",
            "Differences of log-mel spectra at several scales",
            modalities=("audio",),
            paper="Kumar et al., High-fidelity audio compression, NeurIPS 2023",
        ),
        Spec(
            "audio/stft-distance",
            "mmgan_audio.stft_distance_loss:StftDistance",
            "Differences of spectra at several resolutions",
            modalities=("audio",),
            paper="Yamamoto, Song, Kim, Parallel WaveGAN, ICASSP 2020",
        ),
    ]


@hookimpl
def mmgan_metrics() -> list[Spec]:
    return [
        Spec(
            "audio/defects",
            "mmgan_audio.defects:Defects",
            "The share of silent, clipped and broken sounds",
            modalities=("audio",),
        ),
    ]


@hookimpl
def mmgan_augmentations() -> list[Spec]:
    return [
        Spec(
            "audio/diffaugment",
            "mmgan_audio.sound_diffaugment:SoundDiffAugment",
            "Shift, gain, speed, stripes of frequency and time, for waveforms and canvases",
            modalities=("audio",),
            paper="Zhao et al., Differentiable augmentation, NeurIPS 2020",
        )
    ]
