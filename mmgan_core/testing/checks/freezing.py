"""Frozen weights: what a component does not train, training does not change."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mmgan_core.contracts import FrozenModel, Modality
from mmgan_core.testing.cases import Case, N, NetworkCase, is_network, values
from mmgan_core.testing.check import NETWORKS, Broken, NotApplicable, check
from mmgan_core.testing.checks.gradients import backward
from mmgan_core.training.learning import learning_of, teach_only

STEPS = 3


@check(
    "what it freezes stays as it is in training",
    *NETWORKS,
    advice="freeze in the constructor, with requires_grad_(False), and thaw nothing later; keep "
    "what is frozen in evaluation mode (override train()), or its batch statistics move",
)
def frozen_stays(case: NetworkCase[N]) -> None:
    module = case.shaken()
    if not is_network(module):
        raise NotApplicable("it has no weights")
    before = {name: tensor.clone() for name, tensor in _frozen(module).items()}
    if not before:
        raise NotApplicable("it freezes nothing")
    _trained(case, module)
    state = module.state_dict()
    for name, tensor in before.items():
        if not torch.equal(tensor, state[name]):
            raise Broken(f"{name} is frozen, and changes in training")
    thawed = [n for n, weight in module.named_parameters() if n in before and weight.requires_grad]
    if thawed:
        raise Broken(f"{thawed[0]} is frozen at first, and thawed later")


@check(
    "a frozen model that it works with stays as it is in training",
    *NETWORKS,
    "modality",
    "auxiliary_loss",
    advice="keep the model as an attribute and call encode() and decode(); do not register its "
    "network as a module of your own, and change neither its mode nor its weights",
)
def frozen_models_stay(case: Case[object]) -> None:
    models = case.models()
    if not models:
        raise NotApplicable("it works with no frozen model")
    before = _kept(models)
    built = case.build()
    if isinstance(case, NetworkCase):
        _trained(case, case.shaken().requires_grad_(True))
    if isinstance(built, Modality):
        seen = built.prepare(values(built, 4))
        built.present(built.to_sample(seen))
    for name, tensor in _kept(models).items():
        if not torch.equal(tensor, before[name]):
            raise Broken(f"{name} changes, though the model is frozen")
    for option, model in models.items():
        if any(module.training for module in model.network.modules()):
            raise Broken(f"the model of its option {option} goes into training mode")
        if any(weight.requires_grad for weight in model.network.parameters()):
            raise Broken(f"the model of its option {option} is thawed")


def _kept(models: Mapping[str, FrozenModel]) -> dict[str, Tensor]:
    """Copies of all tensors of frozen models."""
    return {
        f"{option}: {name}": tensor.clone()
        for option, model in models.items()
        for name, tensor in model.network.state_dict().items()
    }


def _trained(case: NetworkCase[N], module: N) -> None:
    """A few steps as the trainer takes them: phases take turns, and in one of them it learns."""
    weights = list(learning_of(module).values())
    sides = {"its own": weights, "the other": []}
    module.train()
    optimizer = torch.optim.Adam(weights, lr=0.1) if weights else None
    for step in range(STEPS):
        for side in sides:
            teach_only(sides, side)
            answers = case.answers(module, case.inputs(module, 8, seed=step))
            if side == "its own" and optimizer:
                optimizer.zero_grad()
                backward(*answers)
                optimizer.step()


def _frozen(module: nn.Module) -> dict[str, Tensor]:
    """By name, weights that do not learn, and what else is kept of networks that are all frozen."""
    found: dict[str, Tensor] = {}
    for place, part in module.named_modules():
        weights = list(part.parameters())
        whole = bool(weights) and not any(weight.requires_grad for weight in weights)
        kept = dict(part.named_buffers()) if whole else {}
        frozen = {n: w for n, w in part.named_parameters(recurse=False) if not w.requires_grad}
        saved = part.state_dict().keys()
        start = f"{place}." if place else ""
        found |= {start + n: t for n, t in (kept | frozen).items() if n in saved}
    return found
