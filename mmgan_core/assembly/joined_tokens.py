"""The tokens of all given entries as one set that networks can attend to."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm

from mmgan_core.contracts import Encoding, EncodingSpace, Settings
from mmgan_core.errors import RecipeError
from mmgan_core.foundation.init_weights import init_variance_scaling

MOST = 128
"""The largest size of a joined token: attention costs as much as its tokens are large."""


class JoinedTokens(nn.Module):
    """Projects the tokens of all given entries to one size and joins them.

    A vector counts as one token, so that a label can be attended to as words can. Every token is
    normalised, so that no entry is louder than the others, and projected by its entry's own layer,
    whose bias marks whose token it is. Tokens of an absent entry are padding. In rows without any
    token, one learned token stands for that.
    """

    def __init__(self, spaces: Mapping[str, EncodingSpace]) -> None:
        super().__init__()
        self.sizes, self.dim = _sizes(spaces), joined_token_dim(spaces)
        self.copied = joined_choice_settings(spaces) is not None
        self.project = nn.ModuleDict(
            {name: _marking(nn.Linear(size, self.dim)) for name, size in self.sizes.items()}
        )
        self.nothing = nn.Parameter(torch.randn(self.dim))

    def forward(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Join the tokens of one batch.

        Args:
            encodings: the encoding of each given entry, (B, ...).
            present: for each given entry, the rows in which it is present, (B,).

        Returns:
            The tokens, (B, T, dim), and their padding mask, (B, T).
        """
        parts, masks = [], []
        for name, size in self.sizes.items():
            encoding, there = encodings[name], present[name][:, None]
            tokens, mask = encoding.tokens, encoding.padding_mask
            if tokens is None:
                tokens, mask = encoding.pooled[:, None], None
            mask = there.expand(tokens.shape[:2]) if mask is None else mask & there
            # where(), not a product: what is absent may hold anything, and needs no gradient.
            shown = torch.where(mask[..., None], tokens.float(), 0.0)
            parts.append(self.project[name](layer_norm(shown, (size,))))
            masks.append(mask)
        mask = torch.cat(masks, dim=1)
        # Also where all that is given are maps, or texts of no words: none may attend to nothing.
        empty = ~mask.any(1, keepdim=True)
        nothing = self.nothing.to(parts[0].dtype).expand(mask.shape[0], 1, self.dim)
        return torch.cat([nothing, *parts], dim=1), torch.cat([empty, mask], dim=1)

    def choices(self, encodings: Mapping[str, Encoding], padding_mask: Tensor) -> Tensor | None:
        """Which choice each joined token stands for, (B, T); None if no entry's stand for any.

        Args:
            encodings: as for ``forward``.
            padding_mask: what ``forward`` returned.
        """
        if not self.copied:
            return None
        parts = [padding_mask.new_full((len(padding_mask), 1), -1, dtype=torch.long)]
        for name in self.sizes:
            found, tokens = encodings[name].choices, encodings[name].tokens
            if found is None:
                count = 1 if tokens is None else tokens.shape[1]
                found = parts[0].expand(-1, count)
            parts.append(found)
        return torch.cat(parts, dim=1).masked_fill(~padding_mask, -1)


def joined_choice_settings(spaces: Mapping[str, EncodingSpace]) -> Settings | None:
    """What the choices are that the tokens of given entries stand for; None if for none.

    Raises:
        RecipeError: if those of two entries are not the same choices.
    """
    found = {n: s.choice_settings for n, s in spaces.items() if s.choice_settings is not None}
    first = next(iter(found), "")
    for name, settings in found.items():
        if difference := found[first].difference(settings):
            raise RecipeError(
                f"given.{first}.encoder and given.{name}.encoder: their tokens stand for other "
                f"choices: {difference}",
                hint="let both read with the same vocabulary, or only one say its choices",
            )
    return found[first] if found else None


def joined_token_dim(spaces: Mapping[str, EncodingSpace]) -> int:
    """The size of a joined token: the largest size of any entry's, at most ``MOST``; 0 if none."""
    return min(MOST, max(_sizes(spaces).values(), default=0))


def _sizes(spaces: Mapping[str, EncodingSpace]) -> dict[str, int]:
    found = {name: space.token_dim or space.dim for name, space in spaces.items()}
    return {name: size for name, size in found.items() if size}


def _marking(layer: nn.Linear) -> nn.Linear:
    init_variance_scaling(layer)
    nn.init.normal_(layer.bias, std=0.5)
    return layer
