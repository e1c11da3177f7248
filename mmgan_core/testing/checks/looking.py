"""A discriminator that looks at samples first discriminates as it would have at once."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.contracts import Critique
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import DiscriminatorCase, Inputs
from mmgan_core.testing.check import Broken, NotApplicable, check

ABSOLUTE, RELATIVE = 1e-4, 1e-3
ASKED = ("pooled", "tokens", "padding_mask", "maps", "choices")
"""The inputs that ``look_at`` may not depend on."""


@check(
    "what it has looked at, it judges as in one call",
    "discriminator",
    advice="let look_at() depend on the row's sample, condition.masked and condition.places alone, "
    "and change nothing; or set looks_first = False where the options make that impossible, as "
    "batch normalisation, spectral normalisation and dropout do",
)
def looks_first(case: DiscriminatorCase) -> None:
    """Two batches are looked at together, and beside a condition that is not theirs."""
    module = case.shaken().train()
    if not module.looks_first:
        raise NotApplicable("it does not look first")
    batches = [case.inputs(module, seed=seed) for seed in (0, 1)]
    both = _joined(*batches)
    strange = _joined(*(case.inputs(module, seed=seed) for seed in (2, 3)))
    condition = case.conditioned(both | {n: strange[n] for n in ASKED if n in strange})
    seed_step(0)
    random, state = torch.get_rng_state(), _copied(module.state_dict())
    looked = module.look_at(both["sample"], condition)
    if not torch.equal(random, torch.get_rng_state()):
        raise Broken("look_at() draws random numbers")
    if any(not torch.equal(state[name], now) for name, now in module.state_dict().items()):
        raise Broken("look_at() changes the state of the network")
    count = len(batches[0]["sample"])
    for number, batch in enumerate(batches):
        rows = slice(number * count, (number + 1) * count)
        judged = module.critique_of([one[rows] for one in looked], case.conditioned(batch))
        _refuse_other(judged, module(batch["sample"], case.conditioned(batch)))


def _refuse_other(judged: Critique, at_once: Critique) -> None:
    for what, one, other in (
        ("logits are", [judged.logits], [at_once.logits]),
        ("features are", judged.features, at_once.features),
        ("reading is", [judged.reading], [at_once.reading]),
    ):
        try:
            torch.testing.assert_close(list(one), list(other), atol=ABSOLUTE, rtol=RELATIVE)
        except (AssertionError, TypeError):
            raise Broken(f"its {what} not those of forward()") from None


def _joined(one: Inputs, other: Inputs) -> Inputs:
    return {name: torch.cat([tensor, other[name]]) for name, tensor in one.items()}


def _copied(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in state.items()}
