"""The mean of gradients over processes, sent while a backward pass still computes others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

# Numbers in a message: few enough that the first leaves early, enough that there are few messages.
NUMBERS = 2_000_000
Send = Callable[[Tensor], Callable[[], Tensor]]
"""Begins to average a vector over all processes; returns what waits for the mean."""


class Averaging:
    """Averages the gradients of some weights, in messages that are the same in every process.

    The last layers come first, as in a backward pass. A message leaves when all of its gradients
    are there and those before it have left, so that processes that compute in another order, or
    have no gradients of some weights, send the same messages in the same order.
    Source: Li et al. 2020, "PyTorch distributed", https://arxiv.org/abs/2006.15704, section 3.2.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], send: Send) -> None:
        self._messages = list(_messages(parameters))
        self._message_of: dict[Tensor, int] = {
            p: n for n, message in enumerate(self._messages) for p in message
        }
        self._send = send
        self._missing: list[int] = []
        self._sent: list[Callable[[], Tensor]] = []
        for parameter in parameters:
            if parameter.requires_grad:
                parameter.register_post_accumulate_grad_hook(self._arrived)

    def begin(self) -> None:
        """The backward pass that follows completes the gradients."""
        self._missing = [len(message) for message in self._messages]

    @torch.no_grad()
    def finish(self) -> None:
        """Send what has not been sent, and replace all gradients by their means."""
        self._missing = []
        while len(self._sent) < len(self._messages):
            self._send_next()
        for message, mean in zip(self._messages, self._sent, strict=True):
            parts = torch.split(mean(), [parameter.numel() for parameter in message])
            for parameter, part in zip(message, parts, strict=True):
                # The message knows no strides, and a fused optimiser takes it that a gradient lies
                # in memory as its weight does.
                parameter.grad = torch.empty_like(parameter).copy_(part.view_as(parameter))
        self._sent = []

    def _arrived(self, parameter: Tensor) -> None:
        if not self._missing:
            return
        self._missing[self._message_of[parameter]] -= 1
        while len(self._sent) < len(self._messages) and not self._missing[len(self._sent)]:
            self._send_next()

    @torch.no_grad()
    def _send_next(self) -> None:
        message = self._messages[len(self._sent)]
        # A process that has no gradient of some weights must still send as much as the others.
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in message]
        self._sent.append(self._send(torch.cat([grad.flatten() for grad in grads])))


def _messages(parameters: Sequence[nn.Parameter]) -> Iterator[list[nn.Parameter]]:
    message: list[nn.Parameter] = []
    for parameter in reversed(parameters):
        if message and sum(map(Tensor.numel, message)) + parameter.numel() > NUMBERS:
            yield message
            message = []
        message.append(parameter)
    if message:
        yield message
