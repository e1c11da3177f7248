"""What a component declares: its class, its options, its examples."""

from __future__ import annotations

import json

from mmgan_core import contracts
from mmgan_core.component import options_of
from mmgan_core.errors import PluginMissing, RecipeError
from mmgan_core.options import Options
from mmgan_core.testing.check import Broken, NotApplicable, check
from mmgan_core.testing.subjects import Subject

CONTRACTS = {
    "modality": contracts.Modality,
    "encoder": contracts.Encoder,
    "alignment": contracts.Alignment,
    "fusion": contracts.Fusion,
    "generator": contracts.Generator,
    "discriminator": contracts.Discriminator,
    "joint_discriminator": contracts.JointDiscriminator,
    "loss": contracts.Loss,
    "penalty": contracts.Penalty,
    "auxiliary_loss": contracts.AuxiliaryLoss,
    "augmentation": contracts.Augmentation,
    "metric": contracts.Metric,
    "explainer": contracts.Explainer,
    "data_source": contracts.DataSource,
    "optimizer": contracts.Optimizer,
}


@check(
    "its class keeps the contract of its kind",
    advice="derive the class from the contract in mmgan_core.contracts, and implement all of its "
    "abstract methods; let `target` in its Spec name the module and the class",
    once=True,
    first=True,
)
def keeps_the_contract(subject: Subject) -> None:
    contract = CONTRACTS[subject.kind]
    if isinstance(subject.fault, PluginMissing):
        raise Broken(f"{subject.spec.target}: {subject.fault}")
    if not (isinstance(subject.cls, type) and issubclass(subject.cls, contract)):
        raise Broken(f"{subject.spec.target} is not a {contract.__name__}")
    missing = sorted(getattr(subject.cls, "__abstractmethods__", ()))
    if missing:
        raise Broken(f"{subject.cls.__name__} does not implement {', '.join(missing)}")
    if subject.kind == "modality" and subject.spec.modalities != (subject.cls.kind,):
        declared = subject.spec.modalities
        raise Broken(f"the spec has modalities={declared}, the class kind={subject.cls.kind!r}")


@check(
    "its options refuse unknown keys, and have a schema",
    advice="derive Options from mmgan_core.Options, with values that JSON can represent: numbers, "
    "strings, lists, other models",
    once=True,
)
def options_are_strict(subject: Subject) -> None:
    model = subject.cls.Options
    if not issubclass(model, Options):
        raise Broken(f"{model.__name__} does not derive from mmgan_core.Options")
    json.dumps(model.model_json_schema())
    try:
        options_of(subject.cls, {"no-such-option": 1}, where="here")
    except RecipeError:
        return
    raise Broken(f"{model.__name__} accepts an unknown option")


@check(
    "its examples can be built, and read from a recipe",
    advice="return options from examples() that can be built quickly; return () if it cannot run "
    "here, and say in the docstring of the class what it needs",
    once=True,
    first=True,
)
def examples_can_be_built(subject: Subject) -> None:
    if subject.fault is not None:
        raise subject.fault
    if not subject.examples:
        raise NotApplicable("it has no examples that can run here")
    for example in subject.examples:
        options = options_of(subject.cls, example, where="examples")
        again = options_of(subject.cls, json.loads(options.model_dump_json()), where="examples")
        if again != options:
            raise Broken(f"options {options} become {again} when they are written and read again")
    if not subject.cases:
        reasons = "; ".join(subject.refused[:3]) or "no modality that it works on is installed"
        raise Broken(f"it cannot be built at all: {reasons}")


@check(
    "its spec says what it is",
    advice="give a summary of one line of plain words in the Spec: `ls` and models' cards show it",
    once=True,
)
def spec_is_complete(subject: Subject) -> None:
    summary = subject.spec.summary
    if not summary.strip() or "\n" in summary:
        raise Broken(f"its summary is {summary!r:.80}")
    if subject.spec.unconditional and subject.kind != "discriminator":
        raise Broken("unconditional is for discriminators")
    if subject.spec.repairs and subject.kind != "generator":
        raise Broken("repairs is for generators")
