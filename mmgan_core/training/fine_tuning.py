"""Fine-tuning: training starts from the weights of another model that fit in name and shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from mmgan_core.assembly.gan import GAN
from mmgan_core.errors import UsageError


@dataclass(frozen=True)
class TakenOver:
    """The weights that training started with.

    Attributes:
        name: the model that they come from.
        taken: the names of the weights that were copied.
        new: the names of the weights that were initialised, because no weight of the model fits.
    """

    name: str
    taken: tuple[str, ...]
    new: tuple[str, ...]

    def __str__(self) -> str:
        text = f"began with {len(self.taken)} weights of {self.name}"
        return f"{text}; {len(self.new)} are new, such as {self.new[0]}" if self.new else text


def take_over(gan: GAN, name: str) -> TakenOver:
    """Copy the weights of a model into a GAN, where they fit.

    Args:
        name: the model, named as for ``load``.

    Raises:
        UsageError: if no weight fits.
        IntegrityError: if a file of the model is damaged.
    """
    theirs, own = _weights(name), gan.state_dict()
    fitting = {k: v for k, v in theirs.items() if k in own and own[k].shape == v.shape}
    if not fitting:
        raise UsageError(
            f"nothing of {name} fits this recipe",
            hint="its parts need the names, components and sizes of the model's recipe.yaml",
        )
    gan.load_state_dict(fitting, strict=False)
    learned = [key for key, _ in gan.named_parameters()]
    return TakenOver(name, tuple(sorted(fitting)), tuple(k for k in learned if k not in fitting))


def _weights(name: str) -> Mapping[str, Tensor]:
    from mmgan_core.runs.checkpoint import checkpoints, discriminators_of, load_checkpoint
    from mmgan_core.zoo.addresses import address_of
    from mmgan_core.zoo.loading import opened
    from mmgan_core.zoo.manifest import DISCRIMINATOR, WEIGHTS
    from mmgan_core.zoo.weights import read_weights

    address = address_of(name)
    if address.kind == "run":
        saved = checkpoints(address.path)
        if not saved:
            raise UsageError(f"there is no checkpoint in {address.where}")
        tensors, _ = load_checkpoint(saved[-1], "ema")
        return {**tensors["ema"], **discriminators_of(saved[-1])}
    directory = opened(str(address))
    found: dict[str, Tensor] = {}
    for file in (WEIGHTS, DISCRIMINATOR):
        if file in directory.manifest.files:
            found |= read_weights(directory.path / file)
    return found
