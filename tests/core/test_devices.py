"""Devices by name: every verb that runs a network takes the same, and says what there is."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest
import torch

from mmgan_core import UsageError
from mmgan_core.foundation.devices import device_of
from mmgan_core.training.processes import Processes

RUN_NETWORKS = (
    "generate",
    "repair",
    "invert",
    "explain",
    "directions",
    "evaluate",
    "verify",
    "train",
    "plan",
)


def test_names_of_devices() -> None:
    assert device_of("cpu") == device_of(torch.device("cpu")) == torch.device("cpu")
    kinds = ["cuda"] * torch.cuda.is_available() + ["mps"] * torch.backends.mps.is_available()
    assert device_of("auto").type == [*kinds, "cpu"][0]


@pytest.mark.parametrize("name", ["cuda:97", "gpu", "cpu:x", ""])
def test_a_device_that_is_not_here_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(UsageError, match=rf"device '{name}' cannot be used: .*\n  here there are"):
        device_of(name)


@pytest.mark.parametrize("verb", RUN_NETWORKS)
def test_every_verb_that_runs_networks_takes_a_device(verb: str) -> None:
    function = getattr(import_module(f"mmgan_core.cli.{verb}_verb"), verb)
    assert inspect.signature(function).parameters["device"].annotation == "Device"


def test_training_takes_a_device_by_name() -> None:
    for chosen in (Processes(cpu=True), Processes(device="cpu"), Processes(cpu=True, device="cpu")):
        assert chosen.device == torch.device("cpu")
    assert Processes().device.type == device_of("auto").type
    with pytest.raises(UsageError, match="device 'cuda:97' cannot be used"):
        Processes(device="cuda:97")
    with pytest.raises(UsageError, match="either the CPU or 'mps'"):
        Processes(cpu=True, device="mps")
