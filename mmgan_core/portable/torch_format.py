"""The format `torch`: a program of ``torch.export``, which runs where torch is, without plugins."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.export import ExportedProgram

from mmgan_core.errors import MmganError
from mmgan_core.portable.own_programs import refuse_foreign, remember
from mmgan_core.portable.parity import Arrays, Engine

DESCRIPTION = "torch.json"
PROGRAM = "model.pt2"


def write_program(program: ExportedProgram, file: Path) -> None:
    """Write a program, and note that it was written here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the format, which is not yet final
        torch.export.save(program, file)
    remember(file)


def engine_of(file: Path, *, just_written: bool = False) -> Engine:
    """What runs a program.

    Args:
        just_written: whether this process wrote it; of others the cache says whether they were
            written here.

    Raises:
        IntegrityError: if it was not written here: to open it could run anything.
        MmganError: if the file cannot be read.
    """
    if not just_written:
        refuse_foreign(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = torch.export.load(file).module()
    except Exception as error:  # of a library that has no base of its errors
        raise MmganError(
            f"{file} cannot be read as a program of torch: {str(error)[:200]}"
        ) from error

    def run(fed: Arrays) -> Sequence[npt.NDArray[np.generic]]:
        with torch.no_grad():
            made = module({name: torch.as_tensor(array) for name, array in fed.items()})
        return [one.numpy() for one in made]

    return run
