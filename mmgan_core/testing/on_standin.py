"""Uses every component of a plugin on the stand-in device, in training and otherwise.

``plugin_checks`` runs this module in a process of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import torch
from torch import Tensor

from mmgan_core.errors import UsageError
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.testing.cases import Case
from mmgan_core.testing.check import NETWORKS, NotApplicable
from mmgan_core.testing.crash import crash_of
from mmgan_core.testing.runner import components
from mmgan_core.testing.standin import DEVICE, Log, standin_device
from mmgan_core.testing.subjects import Subject, subject_of
from mmgan_core.testing.uses_elsewhere import Call, uses_elsewhere

KINDS = (*NETWORKS, "loss", "penalty", "auxiliary_loss", "modality", "optimizer")


def main(plugin: str) -> None:
    """Print which components were used, and the faults that were found, as JSON."""
    checked, faults = list[str](), list[str]()
    try:
        with standin_device():
            pass  # before anything else: torch must know the device before its first backward pass
    except UsageError as error:
        _say(checked, faults, str(error))
        return
    for kind, spec in components(plugin):
        if kind in KINDS:
            subject = subject_of(catalogue(), kind, spec)
            found = list(dict.fromkeys(faults_of(subject)))
            checked.append(str(subject))
            faults += [f"{subject}: {fault}" for fault in found]
    _say(checked, faults)


def _say(checked: list[str], faults: list[str], unusable: str = "") -> None:
    said = {"checked": checked, "faults": faults, "unusable": unusable}
    print("FACTS" + json.dumps(said), flush=True)


def faults_of(subject: Subject) -> Iterator[str]:
    """What is wrong with a component on an accelerator.

    Where a component cannot be used on the CPU either, its own checks say why.
    """
    for case in {str(case.options): case for case in reversed(subject.cases)}.values():
        with standin_device() as log:
            try:
                yield from _faults(case, log)
                continue
            except NotApplicable:
                continue
            except Exception as error:
                fault = str(crash_of(error))
        if _works_here(case):
            yield fault


def _faults(case: Case[object], log: Log) -> Iterator[str]:
    for training, use in uses_elsewhere(case, torch.device(DEVICE)):
        log.clear()
        made = _with_gradient(use, training=training)
        if any(tensor.device.type != DEVICE for tensor in made):
            yield "what it returns is not on the device of its inputs"
        # Outside of training steps, a generator may look at what it has made.
        if training and log.stops():
            log.clear()
            _with_gradient(use, training=True)  # what is moved once, when it is first used, may be
            yield from log.stops()


def _with_gradient(use: Call, *, training: bool) -> list[Tensor]:
    made = use()
    followed = [tensor.float().sum() for tensor in made if tensor.requires_grad]
    if training and followed:
        torch.stack(followed).sum().backward()
    return made


def _works_here(case: Case[object]) -> bool:
    try:
        for training, use in uses_elsewhere(case, torch.device("cpu")):
            _with_gradient(use, training=training)
    except Exception:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1])
