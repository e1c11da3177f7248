"""Text in one pass: all pieces at once, from one vector of noise.

    s_t     = act(Linear(noise ⊕ c) + place_t),    x_t = place_t + Linear(s_t)
    mod(x)  = norm(x) (1 + gain(s_t)) + shift(s_t)
    x       = x + attention(mod(x)),  then x_t + W act(A mod(x)_t + B mod(x)_t-1)
    p_t     = softmax(E norm(x_t) + b)

Noise and condition modulate every layer, differently at every place, and the second dense layers
see the place before too, because neighbours that choose at once must agree: after Ren et al. 2023,
"An adversarial non-autoregressive model for text generation with incomplete information",
https://arxiv.org/abs/2305.03977. With `attend`, every place looks up the tokens of what is given.

The likeliest piece of each place is chosen, and the gradient of its probabilities takes the place
of that of the choice (the straight-through estimator, Bengio et al. 2013,
https://arxiv.org/abs/1308.3432). In repair, what is known is read beside which places are missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import gelu, layer_norm, linear, log_softmax, pad, softmax

from mmgan_core.contracts import Condition, ConditionSpace, Generator, Masked, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.foundation.full_precision import full_precision
from mmgan_core.foundation.init_weights import init_variance_scaling
from mmgan_core.options import Options
from mmgan_text.attention_layers import SelfAttention, TokenAttention
from mmgan_text.known_text import ends_that_fit, missing_places
from mmgan_text.text_places import END, chosen_rows, up_to_end


class ParallelGeneratorOptions(Options):
    """Options of the generator `text/parallel`."""

    noise_dim: int = Field(64, ge=1, description="size of the noise")
    width: int = Field(192, ge=1, description="size of the vectors between its layers")
    layers: int = Field(4, ge=1, le=64, description="layers of attention")
    heads: int = Field(4, ge=1, description="heads of each layer; they share the width")
    style_dim: int = Field(96, ge=1, description="size of what modulates the layers at a place")
    attend: bool = Field(
        False, description="look up the tokens of what is given at every place of the text"
    )
    output: Literal["one-hot", "soft"] = Field(
        "one-hot",
        description="choices with the gradient of their probabilities, or the probabilities "
        "themselves, which a discriminator easily tells from choices",
    )
    temperature: float = Field(1.0, gt=0, description="of the probabilities")


class ParallelGenerator(Generator):
    """(B, Z) noise and a condition to samples (B, T, V), in one pass."""

    Options = ParallelGeneratorOptions
    options: ParallelGeneratorOptions
    makes_choices: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        # Both attend: where nothing given has tokens, there is nothing to look up.
        small = {"width": 8, "layers": 2, "heads": 2, "noise_dim": 4, "style_dim": 6}
        attending = {**small, "attend": True}
        return (attending, {**attending, "width": 12, "output": "soft"})

    def __init__(
        self, options: ParallelGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        if len(space.shape) != 2:
            raise BadValue(f"samples must be (T, V), pieces as one-hot rows, not {space.shape}")
        length, size = space.shape
        width, self.noise_dim = options.width, options.noise_dim
        token_dim = condition.token_dim if options.attend else 0
        if token_dim:
            self.reads = frozenset({"pooled", "tokens"})
        self.style = init_variance_scaling(
            nn.Linear(options.noise_dim + condition.dim, options.style_dim)
        )
        self.style_place = nn.Parameter(torch.randn(length, options.style_dim))
        self.begin = init_variance_scaling(nn.Linear(options.style_dim, width, bias=False), 2.0)
        self.place = nn.Parameter(torch.randn(length, width))
        self.layers = nn.ModuleList(_Layer(options, token_dim) for _ in range(options.layers))
        self.embed = nn.Parameter(torch.randn(size, width) * width**-0.5)
        self.bias = nn.Parameter(torch.zeros(size))
        self.missing = nn.Parameter(torch.randn(width)) if condition.mask_shape else None

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make texts; after the end of each there is nothing but its end."""
        logits = self._logits(noise, condition)
        return _soft(softmax(logits, dim=2)) if self.options.output == "soft" else _hard(logits)

    def log_shares(self, noise: Tensor, condition: Condition) -> Tensor:
        """The logarithms of how much of each place is every piece, (B, T, V)."""
        return log_softmax(self._logits(noise, condition), dim=2)

    def _logits(self, noise: Tensor, condition: Condition) -> Tensor:
        """In single precision, (B, T, V)."""
        vector = torch.cat([noise, condition.pooled.to(noise.dtype)], dim=1)
        style = gelu(self.style(vector)[:, None] + self.style_place)  # (B, T, S)
        x = self.place + self.begin(style)
        if self.missing is not None:
            x = x + self._known(condition.masked)
        for layer in self.layers:
            x = layer(x, style, condition)
        with full_precision(x.device):
            logits = linear(_normed(x.float()), self.embed, self.bias)
            if self.missing is not None and condition.masked is not None:
                logits = ends_that_fit(logits, condition.masked)
            # Dividing by 1 would go over all numbers of all places for nothing.
            temperature = self.options.temperature
            return logits if temperature == 1.0 else logits / temperature

    def _known(self, masked: Masked | None) -> Tensor:
        """What is known of each place as a vector, (B, T, W)."""
        assert masked is not None
        assert self.missing is not None
        missing = missing_places(masked).to(self.embed.dtype)
        read: Tensor = (masked.known * (1 - missing)) @ self.embed * self.options.width**0.5
        return read + missing * self.missing


class _Layer(nn.Module):
    """Attention and two dense layers, modulated at every place."""

    def __init__(self, options: ParallelGeneratorOptions, token_dim: int) -> None:
        super().__init__()
        width, gain = options.width, (2 * options.layers) ** -0.5
        self.modulate = init_variance_scaling(nn.Linear(options.style_dim, 4 * width), 0.5)
        self.attention = SelfAttention(width, options.heads, gain)
        self.tokens = TokenAttention(width, options.heads, token_dim, gain) if token_dim else None
        self.own = init_variance_scaling(nn.Linear(width, 4 * width))
        self.before = init_variance_scaling(nn.Linear(width, 4 * width, bias=False))
        self.out = init_variance_scaling(nn.Linear(4 * width, width), gain)

    def forward(self, x: Tensor, style: Tensor, condition: Condition) -> Tensor:
        """Places (B, T, W) to places; ``style`` is (B, T, S)."""
        gain, shift, later_gain, later_shift = self.modulate(style).chunk(4, dim=2)
        x = x + self.attention(_normed(x) * (1 + gain) + shift)
        if self.tokens is not None:
            if condition.tokens is None:
                raise BadValue("text/parallel with attend: true needs the tokens of a condition")
            looked = self.tokens.looked(condition.tokens)
            x = x + self.tokens(_normed(x), looked, condition.padding_mask)
        modulated = _normed(x) * (1 + later_gain) + later_shift
        # Cut before it is padded: a product would copy places that are cut after that.
        before = pad(modulated[:, :-1], (0, 0, 1, 0))
        changed: Tensor = x + self.out(gelu(self.own(modulated) + self.before(before)))
        return changed


def _normed(x: Tensor) -> Tensor:
    return layer_norm(x, x.shape[-1:])


def _hard(logits: Tensor) -> Tensor:
    """The likeliest pieces, with the gradient of their shares up to the end of each text."""
    chosen = logits.argmax(2)
    real = up_to_end(chosen)
    rows = chosen_rows(chosen.masked_fill(~real, END), logits.shape[2])
    if not torch.is_grad_enabled():
        return rows
    shares = softmax(logits, dim=2)
    return torch.where(real[..., None], rows + (shares - shares.detach()), rows)


def _soft(shares: Tensor) -> Tensor:
    """The shares of texts that have not ended, and the end of those that have."""
    going = (1 - shares[..., END]).cumprod(1)
    going = pad(going, (1, 0), value=1.0)[:, :-1, None]
    end = (torch.arange(shares.shape[2], device=shares.device) == END).to(shares.dtype)
    return going * shares + (1 - going) * end
