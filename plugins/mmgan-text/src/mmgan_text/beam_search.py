"""Beam search: the likeliest text, looked for along several beginnings at once.

At each place the best beginnings go on by every piece, and the best of these are kept. One
beginning is greedy search. Which text is best, of those that were found:

    log p(x) / length(x)^power

With a power of 0 it is the likeliest; larger ones make up for the fact that a longer text is always
less likely. Wu et al. 2016, "Google's neural machine translation system",
https://arxiv.org/abs/1609.08144. No run of some pieces need be written twice: Paulus et al. 2018,
"A deep reinforced model for abstractive summarization", https://arxiv.org/abs/1705.04304.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from mmgan_text.text_places import END

Step = Callable[[Tensor | None, Tensor | None], Tensor]
"""From the ids (N,) of the places before, and the rows (N,) that are gone on with, to the
log-probabilities (N, V) of the next ones. Both are None at the first place, which has N rows."""


def likeliest(
    step: Step, rows: int, beams: int, length: int, power: float, runs_once: int = 0
) -> Tensor:
    """The ids of the best text that was found for each row, (B, T).

    Args:
        step: says how likely each piece is at the next place, for N = rows * beams beginnings.
        rows: how many texts are looked for, B.
        beams: how many beginnings of each are kept.
        length: the most places of a text, T.
        power: of the length by which log-probabilities are divided at the end.
        runs_once: no run of so many pieces is written twice; 0: any may be.
    """
    found = step(None, None)
    size, device = found.shape[1], found.device
    first = torch.arange(rows, device=device)[:, None] * beams
    # Of the beginnings of a row, which are alike at first, only one counts.
    scores = torch.where(torch.arange(beams, device=device) > 0, -torch.inf, 0.0).expand(rows, -1)
    ended = torch.zeros(rows, beams, dtype=torch.bool, device=device)
    count = torch.zeros(rows, beams, device=device)
    ids = torch.full((rows, beams, length), END, device=device)
    nothing = torch.full((size,), -torch.inf, device=device)
    nothing[END] = 0.0
    for place in range(length):
        going = found.view(rows, beams, size)
        if runs_once:
            going = _without_runs(going, ids[:, :, :place], runs_once)
        going = torch.where(ended[..., None], nothing, going)
        scores, best = (scores[..., None] + going).flatten(1).topk(beams, dim=1)
        parents, chosen = best // size, best % size
        ended = ended.gather(1, parents)
        count = count.gather(1, parents) + ~ended
        ids = ids.gather(1, parents[..., None].expand_as(ids))
        ids[:, :, place] = chosen
        ended = ended | (chosen == END)
        if place + 1 == length or (not torch.compiler.is_compiling() and bool(ended.all())):
            break
        found = step(chosen.flatten(), (first + parents).flatten())
    best = (scores / count.clamp_min(1) ** power).argmax(1)
    return ids[torch.arange(rows, device=device), best]


def _without_runs(found: Tensor, ids: Tensor, count: int) -> Tensor:
    """Log-probabilities (..., V) without pieces that end a run that stands in ids (..., T)."""
    if ids.shape[-1] < count:
        return found
    runs = ids.unfold(-1, count, 1)
    last = ids[..., ids.shape[-1] - count + 1 :]
    again = (runs[..., :-1] == last[..., None, :]).all(-1) & (runs[..., -1] != END)
    forbidden = torch.zeros_like(found).scatter_add(-1, runs[..., -1], again.to(found))
    return found.masked_fill(forbidden > 0, -torch.inf)
