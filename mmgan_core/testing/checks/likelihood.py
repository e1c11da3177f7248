"""Likelihoods: generators that declare one know it for every sample."""

from __future__ import annotations

import torch

from mmgan_core.contracts import Generator
from mmgan_core.testing.cases import GeneratorCase, samples_of
from mmgan_core.testing.check import Broken, NotApplicable, check


@check(
    "it knows the likelihood of a sample if its spec says so",
    "generator",
    advice="implement log_likelihood(sample, condition, mask=None) -> (B,) in nats and float32, "
    "and declare knows_likelihood=True; or neither",
)
def likelihood_as_declared(case: GeneratorCase) -> None:
    module = case.shaken().train()
    implemented = type(module).log_likelihood is not Generator.log_likelihood
    if implemented != case.spec.knows_likelihood:
        said = "declares" if case.spec.knows_likelihood else "does not declare"
        has = "implements" if implemented else "does not implement"
        raise Broken(f"its spec {said} knows_likelihood, but its class {has} log_likelihood")
    if not implemented:
        raise NotApplicable("the spec does not declare knows_likelihood=True")
    condition = case.conditioned(case.inputs(module))
    sample = samples_of(case.space, 4, torch.Generator().manual_seed(1))
    found = module.log_likelihood(sample, condition)
    if found.shape != (4,) or found.dtype != torch.float32 or not found.isfinite().all():
        raise Broken(f"it returns {found}")
    dims = module.likelihood_dims(sample)
    if dims.shape != (4,) or not (dims > 0).all():
        raise Broken(f"its likelihood_dims are {dims}")
    alone = module.log_likelihood(sample[:1], condition.take(torch.arange(1)))
    if not torch.allclose(alone, found[:1], rtol=1e-3, atol=1e-4):
        raise Broken("the likelihood of the first row depends on the others")
    everything = module.log_likelihood(sample, condition, torch.ones_like(sample, dtype=torch.bool))
    nothing = module.log_likelihood(sample, condition, torch.zeros_like(sample, dtype=torch.bool))
    if not torch.allclose(everything, found) or nothing.any():
        raise Broken("mask: True must count a place as without a mask, and False leave it out")
    found.sum().backward()
    if not any(weight.grad is not None and weight.grad.any() for weight in module.parameters()):
        raise Broken("its gradient does not reach the weights")
