"""What accelerators compute in one kernel that the CPU has no kernel for: cells of GRU and LSTM."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def _gru(
    given: Tensor, hidden: Tensor, state: Tensor, *biases: Tensor | None
) -> tuple[Tensor, Tensor]:
    given, hidden = _biased(given, hidden, biases)
    (of_reset, of_update, of_new), (reset, update, new) = given.chunk(3, 1), hidden.chunk(3, 1)
    reset, update = (of_reset + reset).sigmoid(), (of_update + update).sigmoid()
    made = (of_new + reset * new).tanh()
    kept = torch.cat([reset, update, made, state, new], 1)
    return made + update * (state - made), kept


def _gru_backward(grad: Tensor, kept: Tensor, biased: bool) -> tuple[Tensor | None, ...]:
    reset, update, made, state, new = kept.chunk(5, 1)
    of_new = grad * (1 - update) * (1 - made.square())
    of_reset = of_new * new * reset * (1 - reset)
    of_update = grad * (state - made) * update * (1 - update)
    given = torch.cat([of_reset, of_update, of_new], 1)
    hidden = torch.cat([of_reset, of_update, of_new * reset], 1)
    biases = (given.sum(0), hidden.sum(0)) if biased else (None, None)
    return given, hidden, grad * update, *biases


def _lstm(
    given: Tensor, hidden: Tensor, cell: Tensor, *biases: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    given, hidden = _biased(given, hidden, biases)
    into, forget, made, out = (given + hidden).chunk(4, 1)
    into, forget, made, out = into.sigmoid(), forget.sigmoid(), made.tanh(), out.sigmoid()
    after = forget * cell + into * made
    return out * after.tanh(), after, torch.cat([into, forget, made, out], 1)


def _lstm_backward(
    grad: Tensor | None,
    of_cell: Tensor | None,
    cell: Tensor,
    after: Tensor,
    kept: Tensor,
    biased: bool,
) -> tuple[Tensor | None, ...]:
    into, forget, made, out = kept.chunk(4, 1)
    grad = torch.zeros_like(after) if grad is None else grad
    total = grad * out * (1 - after.tanh().square()) + (0 if of_cell is None else of_cell)
    gates = torch.cat(
        [
            total * made * into * (1 - into),
            total * cell * forget * (1 - forget),
            total * into * (1 - made.square()),
            grad * after.tanh() * out * (1 - out),
        ],
        1,
    )
    return gates, total * forget, gates.sum(0) if biased else None


def _biased(
    given: Tensor, hidden: Tensor, biases: tuple[Tensor | None, ...]
) -> tuple[Tensor, Tensor]:
    first, second = (*biases, None, None)[:2]
    return (
        given if first is None else given + first,
        hidden if second is None else hidden + second,
    )


KERNELS: dict[str, Callable[..., object]] = {
    "_thnn_fused_gru_cell": _gru,
    "_thnn_fused_gru_cell_backward": _gru_backward,
    "_thnn_fused_lstm_cell": _lstm,
    "_thnn_fused_lstm_cell_backward_impl": _lstm_backward,
}
