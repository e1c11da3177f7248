"""A model as a part of another: frozen, loaded once, and out of reach of everything that trains."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn

from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import Condition, Modality
from mmgan_core.inference.model import Model

_CPU = torch.device("cpu")
_loaded: WeakValueDictionary[tuple[str, str], Frozen] = WeakValueDictionary()


class Frozen:
    """A ``FrozenModel`` of a loaded model. It is no module, so that no module can hold it.

    Attributes:
        name: the model's name.
        digest: a hash of its files.
        address: where it was loaded from, as ``load`` takes it.
    """

    def __init__(self, model: Model, digest: str, address: str) -> None:
        self.name, self.digest, self.address = model.name, digest, address
        self._gans: dict[torch.device, GAN] = {_CPU: model.gan.to(_CPU)}

    def __deepcopy__(self, memo: object) -> Frozen:
        return self

    @property
    def given(self) -> list[str]:
        """The names of its given entries."""
        return list(self._gans[_CPU].encoders)

    @property
    def made(self) -> list[str]:
        """The names of its made entries."""
        return list(self._gans[_CPU].generators)

    @property
    def condition_dim(self) -> int:
        """The size of its pooled condition; 0 if it is unconditional."""
        fusion = self._gans[_CPU].fusion
        return fusion.space.dim if fusion else 0

    @property
    def network(self) -> nn.Module:
        """Its networks on the CPU."""
        return self._gans[_CPU]

    def modality(self, entry: str) -> Modality:
        """The modality of a given or made entry."""
        return self._gans[_CPU].modalities[entry]

    @torch.no_grad()
    def encode(self, entry: str, values: Sequence[object]) -> Tensor:
        """Encode raw values of one given entry into pooled conditions, (B, condition_dim)."""
        gan = self._gans[_CPU]
        # One by one: in a batch, sums are rounded in another order.
        rows = [
            gan.condition({entry: gan.encoder(entry).prepare([value])}, 1, _CPU).pooled
            for value in values
        ]
        return torch.cat(rows).float()

    def decode(self, entry: str, pooled: Tensor) -> Tensor:
        """Make the samples of a made entry from pooled conditions and zero noise."""
        gan = self._on(pooled.device)
        noise = pooled.new_zeros(pooled.shape[0], gan.generator(entry).noise_dim)
        made: Tensor = gan.generator(entry)(noise, Condition(pooled))
        return made.float()

    def make(self, entry: str, samples: Mapping[str, Tensor]) -> Tensor:
        """Make the samples of a made entry from samples for given values, and zero noise."""
        like = next(iter(samples.values()))
        gan = self._on(like.device)
        encodings = {name: gan.encoder(name).of_sample(rows) for name, rows in samples.items()}
        present = {name: like.new_ones(like.shape[0], dtype=torch.bool) for name in samples}
        condition = gan.conditions(encodings, present, like=like)[entry]
        noise = like.new_zeros(like.shape[0], gan.noise_dims[gan.noise_of(entry)])
        made: Tensor = gan.generator(entry)(noise, condition)
        return made.float()

    def _on(self, device: torch.device) -> GAN:
        if device not in self._gans:
            self._gans[device] = copy.deepcopy(self._gans[_CPU]).to(device)
        return self._gans[device]


def loaded_once(digest: str, address: str, load: Callable[[], Model]) -> Frozen:
    """Load a model, or share the one with this digest that this process has loaded already.

    Args:
        digest: a hash of its files.
        address: where it is loaded from, as ``mmgan_core.load`` takes it.
        load: loads it onto the CPU.
    """
    found = _loaded.get((digest, address))
    if found is None:
        found = _loaded[digest, address] = Frozen(load(), digest, address)
    return found
