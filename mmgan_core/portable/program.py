"""A sampler as a program of ``torch.export``, in which the batch and named sizes are free."""

from __future__ import annotations

import warnings

import torch
from torch.export import Dim, ExportedProgram

from mmgan_core.errors import MmganError
from mmgan_core.portable.feeding import fed_of
from mmgan_core.portable.sampler import Sampler


def program_of(sampler: Sampler) -> ExportedProgram:
    """Trace a sampler.

    Raises:
        MmganError: if a network cannot be traced.
    """
    # Neither one row, whose size would be taken as fixed, nor as many as any other size.
    example = fed_of(sampler, 3, 0, tuple(sampler.readings))
    free: dict[str, dict[int, object]] = {}
    for name, fed in sampler.inputs.items():
        free[name] = {} if fed is None else {0: Dim.DYNAMIC}
        for axis, size in enumerate(fed.shape if fed else (), start=1):
            if isinstance(size, str):
                free[name][axis] = Dim.DYNAMIC
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the tracer, which says nothing of the model
            return torch.export.export(sampler, (example,), dynamic_shapes=(free,), strict=False)
    except Exception as error:  # whatever a tracer cannot follow
        raise MmganError(
            f"the networks cannot be traced: {str(error).strip().splitlines()[0][:300]}",
            hint="mmgan-zoo generate makes samples with torch; docs/how-to/export.md says what "
            "a network must not do",
        ) from error
