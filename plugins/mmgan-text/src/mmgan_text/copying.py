"""Copying: a piece is made anew, or is one of those that tokens of the condition stand for.

    p(x) = (1 - g) softmax(logits)_x + g sum over tokens i that stand for x of a_i

The gate g and the attention a over tokens follow from the place. See et al. 2017, "Get to the
point: summarization with pointer-generator networks", https://arxiv.org/abs/1704.04368.

A word of several pieces is copied piece after piece. A token is looked at more, by weights that are
learned, if it stands for what follows in the given text after the piece, or the two pieces, that
were just written, as the induction heads of larger models find out by themselves: Olsson et al.
2022, "In-context learning and induction heads", https://arxiv.org/abs/2209.11895.

With coverage, tokens that earlier places looked at are looked at less:

    a_t = softmax(score_t - w sum over s < t of softmax(score_s)),    w > 0 is learned

There the coverage is the sum of attentions that saw coverage themselves, place after place; here it
is that of attentions without it, so that all places of a text are still computed at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax, softplus

from mmgan_core.foundation.init_weights import init_variance_scaling

_SMALLEST = 1e-9
# At first most pieces are made anew.
_GATE = -1.0


@dataclass(frozen=True)
class Copyable:
    """The tokens that can be copied.

    Attributes:
        keys: what places compare themselves with, (B, M, W).
        choices: the id that each token stands for, 0 where it stands for none, (B, M).
        real: whether it stands for one, (B, M).
        before: the ids of the token before it and of the one before that, (B, M, 2); -2 for none.
    """

    keys: Tensor
    choices: Tensor
    real: Tensor
    before: Tensor

    def take(self, rows: Tensor) -> Copyable:
        """Those of some rows of the batch, (N,)."""
        return Copyable(self.keys[rows], self.choices[rows], self.real[rows], self.before[rows])


def said_before(ids: Tensor, nothing: int = -1) -> Tensor:
    """The piece before each place and the one before that, (B, T, 2), of ids (B, T)."""
    none = torch.full_like(ids[:, :2], nothing)
    padded = torch.cat([none, ids], dim=1)[:, : ids.shape[1] + 1]
    return torch.stack([padded[:, 1:], padded[:, :-1]], dim=2)


class Remembered:
    """What copying remembers of the places before, as a text is made place by place.

    Attributes:
        said: the last two pieces, the newest first, (B, 2); -1 where there was none.
        total: how much each token was looked at, (B, 1, M), if something counts it.
    """

    def __init__(self, said: Tensor, total: Tensor | None = None) -> None:
        self.said, self.total = said, total

    @classmethod
    def nothing(cls, rows: int, device: torch.device) -> Remembered:
        """Before the first place of texts."""
        return cls(torch.full((rows, 2), -1, device=device))

    def say(self, chosen: Tensor) -> None:
        """Remember the pieces that were chosen, (B,)."""
        self.said = torch.stack([chosen, self.said[:, 0]], dim=1)

    def add(self, looked: Tensor) -> Tensor:
        """Add the attention of one place (B, 1, M); return the sum of those before it."""
        before = torch.zeros_like(looked) if self.total is None else self.total
        self.total = before + looked
        return before

    def take(self, rows: Tensor) -> None:
        """Go on with these rows of the batch, (N,)."""
        self.said = self.said[rows]
        if self.total is not None:
            self.total = self.total[rows]


class CopyHead(nn.Module):
    """Mixes probabilities of pieces with what is copied."""

    def __init__(self, width: int, token_dim: int, *, coverage: bool) -> None:
        super().__init__()
        self.query = init_variance_scaling(nn.Linear(width, width, bias=False))
        self.key = init_variance_scaling(nn.Linear(token_dim, width, bias=False))
        self.gate = init_variance_scaling(nn.Linear(width, 1))
        nn.init.constant_(self.gate.bias, _GATE)
        self.follow = nn.Parameter(torch.zeros(2))
        self.weight = nn.Parameter(torch.zeros(())) if coverage else None

    def copyable(self, tokens: Tensor, choices: Tensor) -> Copyable:
        """The tokens (B, M, token_dim) by what they stand for, (B, M), -1 for nothing."""
        real = choices >= 0
        before = said_before(choices.masked_fill(~real, -2), nothing=-2)
        return Copyable(self.key(tokens), choices.clamp_min(0), real, before)

    def forward(
        self,
        x: Tensor,
        said: Tensor,
        logits: Tensor,
        copyable: Copyable,
        remembered: Remembered | None = None,
    ) -> Tensor:
        """Log-probabilities (B, T, V), in single precision.

        Args:
            x: places, (B, T, W).
            said: the piece before each place and the one before that, (B, T, 2); -1 for none.
            logits: of the pieces that are made anew, (B, T, V).
            remembered: of the places before, if x is a single place.
        """
        gate, looked = self._gate(x, copyable), self.looked(x, said, copyable, remembered)
        anew = log_softmax(logits, dim=2).exp() * (1 - gate)
        ids = copyable.choices[:, None].expand_as(looked)
        mixed: Tensor = anew.scatter_add(2, ids, gate * looked)
        return mixed.clamp_min(_SMALLEST).log()

    def of(self, ids: Tensor, x: Tensor, said: Tensor, anew: Tensor, copyable: Copyable) -> Tensor:
        """The log-probabilities of one piece at each place, ids (B, T), like those of a call.

        Args:
            x, said: as there.
            anew: the log-probabilities of these pieces if made anew, (B, T).
        """
        gate, looked = self._gate(x, copyable), self.looked(x, said, copyable)
        copied = (looked * (copyable.choices[:, None] == ids[..., None])).sum(2)
        mixed: Tensor = anew.exp() * (1 - gate[..., 0]) + gate[..., 0] * copied
        return mixed.clamp_min(_SMALLEST).log()

    def _gate(self, x: Tensor, copyable: Copyable) -> Tensor:
        """The share that is copied at each place, (B, T, 1)."""
        # Where there is nothing to copy, everything is made anew.
        able = copyable.real.any(1)[:, None, None]
        return torch.where(able, torch.sigmoid(self.gate(x)), 0.0)

    def looked(
        self, x: Tensor, said: Tensor, copyable: Copyable, remembered: Remembered | None = None
    ) -> Tensor:
        """How much every place looks at each token, (B, T, M)."""
        scores = self.query(x) @ copyable.keys.transpose(1, 2).to(x) / x.shape[2] ** 0.5
        one, other = (said[:, :, None] == copyable.before[:, None]).unbind(3)
        scores = scores + self.follow[0] * one + self.follow[1] * (one & other)
        # Not minus infinity: a row with nothing to copy must stay finite.
        scores = scores.masked_fill(~copyable.real[:, None], -1e4)
        looked: Tensor = scores.softmax(2) * copyable.real[:, None]
        if self.weight is None:
            return looked
        before = looked.cumsum(1) - looked if remembered is None else remembered.add(looked)
        again: Tensor = (scores - softplus(self.weight) * before).softmax(2)
        return again * copyable.real[:, None]
