"""The prior of a run: it is fitted to the training data once, and kept beside the checkpoint."""

from __future__ import annotations

from pathlib import Path

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.gan import GAN
from mmgan_core.data.encoded_rows import fitted_prior
from mmgan_core.foundation.files import atomically, writing
from mmgan_core.inference.prior import Prior
from mmgan_core.zoo.manifest import PRIOR
from mmgan_core.zoo.weights import read_weights


def prior_of_checkpoint(checkpoint: Path, blueprint: Blueprint, gan: GAN) -> Prior:
    """Return the prior of a checkpoint; it is fitted when it is asked for the first time.

    Args:
        checkpoint: the folder of the checkpoint.
        blueprint: the parts of its GAN; the recipe must have a prior.
        gan: the GAN with the weights of the checkpoint.

    Raises:
        DataError: if it has not been fitted before, and the data cannot be opened.
    """
    from safetensors.torch import save_file

    file = checkpoint / PRIOR
    if not file.is_file():
        tensors = fitted_prior(blueprint, gan).tensors()
        with writing(file, "the prior"), atomically(file, shared=True) as beside:
            save_file(tensors, beside)
    return Prior.of(read_weights(file), gan.dims, str(file))
