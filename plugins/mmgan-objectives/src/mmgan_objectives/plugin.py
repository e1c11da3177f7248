"""The components that this package supplies."""

from __future__ import annotations

from mmgan_core import Spec, hookimpl

_HOME = "mmgan_objectives"


@hookimpl
def mmgan_losses() -> list[Spec]:
    """Adversarial losses."""
    return [
        Spec(
            "objectives/relativistic",
            f"{_HOME}.relativistic:Relativistic",
            "Real and fake samples compared in pairs, as in R3GAN",
            paper="https://arxiv.org/abs/2501.05441",
        ),
        Spec(
            "objectives/non-saturating",
            f"{_HOME}.non_saturating:NonSaturating",
            "Binary cross-entropy; the generator maximises log D(fake)",
            paper="https://arxiv.org/abs/1406.2661",
        ),
        Spec(
            "objectives/hinge",
            f"{_HOME}.hinge:Hinge",
            "Hinge loss: logits count within a margin of 1",
            paper="https://arxiv.org/abs/1705.02894",
        ),
        Spec(
            "objectives/least-squares",
            f"{_HOME}.least_squares:LeastSquares",
            "Least squares (LSGAN)",
            paper="https://arxiv.org/abs/1611.04076",
        ),
        Spec(
            "objectives/wasserstein",
            f"{_HOME}.wasserstein:Wasserstein",
            "The critic's mean difference; needs a gradient penalty",
            paper="https://arxiv.org/abs/1701.07875",
        ),
    ]


@hookimpl
def mmgan_penalties() -> list[Spec]:
    """Penalties on the discriminator's slope."""
    return [
        Spec(
            "objectives/r1",
            f"{_HOME}.r1:R1",
            "Squared slope at real samples",
            paper="https://arxiv.org/abs/1801.04406",
        ),
        Spec(
            "objectives/r2",
            f"{_HOME}.r2:R2",
            "Squared slope at fake samples",
            paper="https://arxiv.org/abs/1801.04406",
        ),
        Spec(
            "objectives/gradient-penalty",
            f"{_HOME}.gradient_penalty:GradientPenalty",
            "Slope between real and fake samples kept near 1 (WGAN-GP)",
            paper="https://arxiv.org/abs/1704.00028",
        ),
        Spec(
            "objectives/finite-difference",
            f"{_HOME}.finite_difference:FiniteDifference",
            "Squared slope by a small step, without a double backward",
            paper="https://arxiv.org/abs/2501.08316",
        ),
    ]


@hookimpl
def mmgan_auxiliary_losses() -> list[Spec]:
    """Losses that generators minimise beside the adversarial loss."""
    return [
        Spec(
            "objectives/reconstruction",
            f"{_HOME}.reconstruction:Reconstruction",
            "Distance of fake samples to the real samples of their rows",
            paper="https://arxiv.org/abs/1611.07004",
        ),
        Spec(
            "objectives/feature-matching",
            f"{_HOME}.feature_matching:FeatureMatching",
            "Distance of fake to real samples in the discriminator's features",
            paper="https://arxiv.org/abs/1606.03498",
        ),
        Spec(
            "objectives/likelihood",
            f"{_HOME}.likelihood:Likelihood",
            "How unlikely real samples are, for generators that know it",
            paper="https://arxiv.org/abs/1609.05473",
        ),
        Spec(
            "objectives/mode-seeking",
            f"{_HOME}.mode_seeking:ModeSeeking",
            "Different noise must make different samples",
            paper="https://arxiv.org/abs/1903.05628",
        ),
        Spec(
            "objectives/cycle",
            f"{_HOME}.cycle:Cycle",
            "What is made of a sample of another made entry leads back to it (CycleGAN)",
            paper="https://arxiv.org/abs/1703.10593",
        ),
        Spec(
            "objectives/identity",
            f"{_HOME}.identity:Identity",
            "A sample that already is what the entry makes stays as it is (CycleGAN)",
            paper="https://arxiv.org/abs/1611.02200",
        ),
        Spec(
            "objectives/agreement",
            f"{_HOME}.agreement:Agreement",
            "Samples of two made entries mean the same, as encoders of given entries see them",
            paper="https://arxiv.org/abs/2103.00020",
        ),
        Spec(
            "objectives/info",
            f"{_HOME}.info:Info",
            "Some of the noise can be read from the sample (InfoGAN)",
            paper="https://arxiv.org/abs/1606.03657",
        ),
        Spec(
            "objectives/posterior",
            f"{_HOME}.posterior:Posterior",
            "Real samples are made again from noise that is read off them (BicycleGAN, VAE-GAN)",
            paper="https://arxiv.org/abs/1711.11586",
        ),
    ]


@hookimpl
def mmgan_alignments() -> list[Spec]:
    """Losses that align the encodings of given entries."""
    return [
        Spec(
            "objectives/contrastive",
            f"{_HOME}.contrastive:Contrastive",
            "InfoNCE between every two given entries; rows of one meaning are positives",
            paper="https://arxiv.org/abs/2004.11362",
        ),
        Spec(
            "objectives/anchor",
            f"{_HOME}.anchor:Anchor",
            "All given entries pulled towards one of them",
        ),
    ]


@hookimpl
def mmgan_augmentations() -> list[Spec]:
    """Changes of the samples that the discriminator gets."""
    return [
        Spec(
            "objectives/instance-noise",
            f"{_HOME}.instance_noise:InstanceNoise",
            "Gaussian noise on real and fake samples",
            paper="https://arxiv.org/abs/1610.04490",
        ),
        Spec(
            "objectives/mixup",
            f"{_HOME}.mixup:Mixup",
            "Each sample mixed with the sample of another row",
            paper="https://arxiv.org/abs/1710.09412",
        ),
    ]
