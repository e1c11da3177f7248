"""Choices among the pieces of a text: which one a number of noise decides, and their gradients.

The number u, from 0 to 1, decides the first piece whose cumulated probability reaches it. At use,
probabilities can be sharpened, p^(1 / temperature), and cut to the nucleus, the fewest pieces that
are likely enough together: Holtzman et al. 2020, "The curious case of neural text degeneration",
https://arxiv.org/abs/1904.09751.

A choice has no gradient. That of its *carrier* takes its place (the straight-through estimator,
Bengio et al. 2013, https://arxiv.org/abs/1308.3432): of the probabilities themselves, or of a
Gumbel-softmax (Jang et al. 2017, https://arxiv.org/abs/1611.01144; Maddison et al. 2017,
https://arxiv.org/abs/1611.00712) whose noise is drawn so that it leads to the very choice that was
made (Paulus et al. 2021, https://arxiv.org/abs/2010.04838).
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import softmax

from mmgan_text.text_places import chosen_rows

Gradient = Literal["straight-through", "gumbel"]


def sharpened(log_probabilities: Tensor, temperature: float, top_p: float) -> Tensor:
    """Probabilities (B, V) at a temperature and of the nucleus alone; their sum may be below 1."""
    found = softmax(log_probabilities / temperature, dim=1)
    if top_p >= 1:
        return found
    likeliest, order = found.sort(dim=1, descending=True)
    before = likeliest.cumsum(1) - likeliest
    return torch.zeros_like(found).scatter(1, order, likeliest.masked_fill(before >= top_p, 0.0))


def first_reaching(probabilities: Tensor, uniform: Tensor) -> Tensor:
    """The first ids whose share of the cumulated probability reaches a number from 0 to 1, (B,)."""
    reached = probabilities.cumsum(1)
    return (reached[:, :-1] < uniform[:, None] * reached[:, -1:]).sum(1)


def carried(
    chosen: Tensor, log_probabilities: Tensor, temperature: float, gradient: Gradient
) -> Tensor:
    """One-hot rows of the chosen ids, exactly, with the gradient of their carrier.

    Args:
        chosen: ids, (B, T).
        log_probabilities: of every id, or logits, (B, T, V).
        temperature: of the softmax that is the carrier.
        gradient: which carrier; that of Gumbel uses the global random state.
    """
    rows = chosen_rows(chosen, log_probabilities.shape[2])
    carriers = log_probabilities
    if gradient == "gumbel":
        carriers = carriers + _gumbels(chosen, log_probabilities.detach())
    carrier = softmax(carriers / temperature, dim=2)
    return rows + (carrier - carrier.detach())


def _gumbels(chosen: Tensor, logits: Tensor) -> Tensor:
    """Gumbel noise (B, T, V) under which the chosen ids have the largest sums of logit and noise.

    With E ~ Exp(1) and Z the sum of all exp(logit), the sum of the chosen one is -log(E / Z), and
    that of another -log(E_other / exp(logit) + E / Z).
    """
    log_total = logits.logsumexp(2, keepdim=True)
    drawn = torch.empty_like(logits).exponential_().clamp_min(1e-20)
    own = drawn.gather(2, chosen[..., None]) / log_total.exp()
    others = -torch.log(drawn / logits.exp().clamp_min(1e-30) + own)
    return torch.scatter(others, 2, chosen[..., None], -torch.log(own)) - logits
