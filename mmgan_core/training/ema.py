"""The exponential moving average of weights (Karras et al. 2018, "Progressive growing of GANs")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from mmgan_core.assembly.gan import GAN
from mmgan_core.recipe.schedule import value_at
from mmgan_core.recipe.training_keys import Ema as AverageKeys


class Ema:
    """Averages the weights that make samples, with a half-life in samples; buffers are copied."""

    def __init__(self, gan: GAN) -> None:
        learned = {name for name, _ in gan.named_parameters()}
        self.shadow = {k: v.detach().clone() for k, v in gan.maker_state().items()}
        live = gan.maker_state()
        self._learned = [n for n in live if n in learned and live[n].is_floating_point()]
        self._copied = [name for name in live if name not in self._learned]

    @torch.no_grad()
    def update(self, gan: GAN, *, batch: int, half_life: float) -> None:
        """Move the average towards the current weights.

        Args:
            batch: how many samples training has seen since the last update.
            half_life: after how many samples an old weight counts half; 0 copies the weights.
        """
        keep = 0.5 ** (batch / half_life) if half_life > 0 else 0.0
        live = gan.maker_state()
        torch._foreach_lerp_(
            [self.shadow[n] for n in self._learned], [live[n] for n in self._learned], 1 - keep
        )
        for name in self._copied:
            self.shadow[name].copy_(live[name])

    @staticmethod
    def warmed_up(half_life: float, warm_up: float, samples: int) -> float:
        """The half-life after some samples, if it grows with them until it is reached.

        Without it, the first samples are of random weights for many half-lives (``ema_rampup`` of
        Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN").

        Args:
            warm_up: the largest fraction of the samples that a half-life may be; 0 for no limit.
        """
        return min(half_life, warm_up * samples) if warm_up else half_life

    @staticmethod
    def left_of_the_start(average: AverageKeys, samples: int) -> float:
        """The share that the weights of the start have in the average after some samples."""
        half_life = value_at(average.half_life, samples)
        if average.warm_up or half_life <= 0:
            return 0.0
        return float(0.5 ** (samples / half_life))

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore a saved average."""
        for name, tensor in self.shadow.items():
            tensor.copy_(state[name])

    @contextmanager
    def applied(self, gan: GAN) -> Iterator[None]:
        """Give the GAN the averaged weights, in evaluation mode, and afterwards its own again."""
        live = gan.maker_state()
        kept = {name: tensor.clone() for name, tensor in live.items()}
        _copy(self.shadow, live)
        gan.eval()
        try:
            yield
        finally:
            _copy(kept, live)
            gan.train()


@torch.no_grad()
def _copy(source: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> None:
    for name, tensor in target.items():
        tensor.copy_(source[name])
