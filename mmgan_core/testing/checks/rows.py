"""Rows of a batch do not affect one another, unless the spec declares it."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from mmgan_core.contracts import Augmentation
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import AugmentationCase, EncoderCase, Inputs, N, NetworkCase, values
from mmgan_core.testing.check import (
    CONDITIONED,
    NETWORKS,
    Broken,
    NotApplicable,
    check,
    keeps_batch_state,
)

ABSOLUTE, RELATIVE = 1e-4, 1e-3


@check(
    "rows of a training batch do not affect one another",
    *NETWORKS,
    advice="normalise over each row (group or layer normalisation), or declare "
    "keeps_batch_state=True: gradient penalties and several processes depend on it",
    unless=keeps_batch_state,
)
def rows_are_independent_in_training(case: NetworkCase[N]) -> None:
    module = _per_row(case, case.shaken()).train()
    inputs = case.inputs(module)
    mixing = isinstance(case, AugmentationCase) and case.change(
        cast(Augmentation, module), inputs["sample"]
    )
    if mixing and mixing.rows is not None:
        raise NotApplicable("it declares which rows it mixes")
    other = _first_row_kept(inputs, case.inputs(module, seed=1))
    outs = []
    for given in (inputs, other):
        seed_step(0)
        outs.append(case.output(module, given)[0])
    _refuse_other(outs[0], outs[1], "the first row depends on the others")


@check(
    "a row alone gives the same result as in a batch",
    "encoder",
    "fusion",
    *CONDITIONED,
    advice="use running statistics, or none, in evaluation mode",
)
def a_row_alone(case: NetworkCase[N]) -> None:
    module = _per_row(case, case.shaken()).eval()
    inputs = case.inputs(module)
    outs = []
    for given in (inputs, {name: tensor[:1] for name, tensor in inputs.items()}):
        seed_step(0)
        outs.append(case.output(module, given)[0])
    _refuse_other(outs[0], outs[1], "the first row alone gives a different result")


@check(
    "preparing a value does not depend on the others",
    "encoder",
    advice="pad to a size that the options fix, never to the longest value of a chunk: prepare() "
    "is called on chunks, and its results are cached",
)
def prepared_independently(case: EncoderCase) -> None:
    module = case.build().eval()
    decoded = values(case.modality, 3)
    together = module.prepare(decoded)
    for number, value in enumerate(decoded):
        alone = module.prepare([value])
        for name, tensor in together.items():
            if tensor.device.type != "cpu" or len(tensor) != len(decoded):
                raise Broken(f"{name} must be on the CPU and have a row for each value")
            if alone[name][0].shape != tensor[number].shape:
                raise Broken(f"{name} has a different shape when a value is prepared alone")
            _refuse_other(alone[name][0].float(), tensor[number].float(), f"{name} differs")


def _per_row(case: NetworkCase[N], module: N) -> N:
    if not case.per_row:
        raise NotApplicable("it returns one number for a batch")
    if case.spec.keeps_batch_state:
        # Running statistics must have seen some batches.
        module.train()
        for seed in range(3):
            case.output(module, case.inputs(module, 8, seed))
    return module


def _first_row_kept(inputs: Inputs, others: Inputs) -> Inputs:
    return {name: torch.cat([inputs[name][:1], others[name][1:]]) for name in inputs}


def _refuse_other(one: Tensor, other: Tensor, what: str) -> None:
    try:
        torch.testing.assert_close(one, other, atol=ABSOLUTE, rtol=RELATIVE)
    except AssertionError as error:
        raise Broken(f"{what}: {str(error).splitlines()[-2]}") from None
