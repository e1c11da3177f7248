"""What processes tell one another, with one that stands for all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mmgan_core.training import averaging
from mmgan_core.training.processes import Processes


class Other:
    """In the place of accelerate: the mean with another process, whose numbers are all 10."""

    def __init__(self) -> None:
        self.sent: list[tuple[list[float], str]] = []
        self.waited = 0

    def reduce(self, tensor: Tensor, how: str = "sum") -> Tensor:
        assert tensor.is_floating_point(), "not every backend adds up truth values"
        self.sent.append((tensor.flatten().tolist(), how))
        return (tensor + 10) / 2 if how == "mean" else tensor

    def send(self, flat: Tensor) -> Callable[[], Tensor]:
        mean = self.reduce(flat, "mean")
        return lambda: mean

    def wait_for_everyone(self) -> None:
        self.waited += 1


def processes(count: int) -> tuple[Processes, Other]:
    found = Processes(cpu=True)
    assert (found.count, found.rank, found.main) == (1, 0, True)
    assert found.device == torch.device("cpu")
    other: Any = Other()
    found._accelerator, found.count = other, count
    found._send = other.send  # type: ignore[method-assign]
    return found, other


def three() -> list[nn.Parameter]:
    """One of two places, one without a gradient, and one of two by one."""
    found = [
        nn.Parameter(torch.zeros(2)),
        nn.Parameter(torch.zeros(())),
        nn.Parameter(torch.zeros(2, 1)),
    ]
    found[0].grad = torch.tensor([2.0, 4.0])
    found[2].grad = torch.tensor([[6.0], [8.0]])
    return found


def test_gradients_become_means_in_one_message() -> None:
    two, other = processes(2)
    parameters = three()
    two.average_gradients(parameters)
    assert other.sent == [([6, 8, 0, 2, 4], "mean")], "zeros for what was not used"
    assert [p.grad.tolist() for p in parameters if p.grad is not None] == [
        [6, 7],
        5,
        [[8], [9]],
    ]


def test_messages_leave_in_the_last_backward_pass_and_in_one_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first layer is done before the third, whose message is nonetheless to leave first."""
    monkeypatch.setattr(averaging, "NUMBERS", 1)
    two, other = processes(2)
    first, unused, last = (nn.Parameter(torch.tensor([float(n)])) for n in (1, 2, 3))
    parameters = [first, unused, last]
    (first * last).sum().backward()
    assert other.sent == [], "another backward pass comes"
    two.begin_averaging(parameters)
    (5 * first).sum().backward()
    assert other.sent == [], "the first to leave has a gradient of before, and may get more"
    two.average_gradients(parameters)
    assert [sent for sent, _ in other.sent] == [[1], [0], [8]]
    other.sent.clear()
    for parameter in parameters:
        parameter.grad = None
    two.begin_averaging(parameters)
    (first * unused * last).sum().backward()
    assert [sent for sent, _ in other.sent] == [[2], [3], [6]], "before the pass had ended"
    two.average_gradients(parameters)
    assert len(other.sent) == 3, "each is sent once"
    assert [p.grad.tolist() for p in parameters if p.grad is not None] == [[8], [6.5], [6]]


def test_one_process_sends_nothing() -> None:
    one, other = processes(1)
    parameters = three()
    one.average_gradients(parameters)
    assert other.sent == []
    assert parameters[0].grad is not None
    assert parameters[0].grad.tolist() == [2, 4]
    assert parameters[1].grad is None
    assert one.any(True) is True
    assert one.any(False) is False
    assert other.sent == []


@pytest.mark.parametrize("flag", [True, False])
def test_a_flag_in_any_process_is_seen_in_all(flag: bool) -> None:
    two, other = processes(2)
    assert two.any(flag) is flag
    assert other.sent == [([float(flag)], "sum")]


def test_all_wait_for_all() -> None:
    two, other = processes(2)
    two.wait()
    assert other.waited == 1


@pytest.mark.parametrize("count", [1, 2, 3])
def test_several_close_their_group_when_they_end(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    asked: list[bool] = []
    ended: list[bool] = []
    at_exit: list[Any] = []

    class Accelerator:
        device = torch.device("cpu")
        num_processes, process_index, is_main_process = count, count - 1, count == 1

        def __init__(self, *, cpu: bool = False) -> None:
            asked.append(cpu)

        def end_training(self) -> None:
            ended.append(True)

    monkeypatch.setattr("accelerate.Accelerator", Accelerator)
    monkeypatch.setattr("atexit.register", at_exit.append)
    monkeypatch.setattr("torch.distributed.new_group", lambda: None)
    found = Processes(cpu=True)
    assert asked == [True]
    assert (found.count, found.rank, found.main) == (count, count - 1, count == 1)
    assert ended == []
    for last in at_exit:
        last()
    assert ended == ([True] if count > 1 else [])
