"""A component under test, with all its cases.

Sizes come from the installed modalities: a generator is built for the sample spaces of the examples
of every modality that its spec names. A case that it refuses with a BadValue is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle

from mmgan_core.component import options_of
from mmgan_core.contracts import ConditionSpace, EncodingSpace, Modality
from mmgan_core.contracts.component import Component
from mmgan_core.errors import BadValue
from mmgan_core.options import Options
from mmgan_core.plugins.catalogue import Catalogue
from mmgan_core.spec import Kind, Spec
from mmgan_core.testing.cases import (
    AlignmentCase,
    AugmentationCase,
    AuxiliaryLossCase,
    Case,
    DataSourceCase,
    DiscriminatorCase,
    EncoderCase,
    FusionCase,
    GeneratorCase,
    JointDiscriminatorCase,
    PlainCase,
)

CONDITIONS = (
    ConditionSpace(6),
    ConditionSpace(0),
    ConditionSpace(5, token_dim=4, map_channels=2),
)
# Given entries and what their encoders make, for fusions and alignments.
GIVEN: tuple[dict[str, EncodingSpace], ...] = (
    {"a": EncodingSpace(5), "b": EncodingSpace(5), "c": EncodingSpace(5)},
    {"a": EncodingSpace(4), "b": EncodingSpace(6, token_dim=3)},
)


@dataclass(frozen=True)
class Subject:
    """A component under test.

    Attributes:
        kind: its kind.
        spec: its entry in the catalogue.
        cls: its class.
        examples: options to build it with.
        cases: the cases that it did not refuse.
        refused: the messages with which it refused the others.
    """

    kind: Kind
    spec: Spec
    cls: type[Component]
    examples: tuple[Mapping[str, object], ...]
    cases: tuple[Case[object], ...] = ()
    refused: tuple[str, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')} {self.spec.id}"


def subject_of(
    catalogue: Catalogue,
    kind: Kind,
    spec: Spec,
    examples: Sequence[Mapping[str, object]] | None = None,
) -> Subject:
    """A component with all its cases.

    Args:
        examples: options to build it with; default: those of its ``examples()``.
    """
    return subject_of_class(catalogue, kind, spec, catalogue.load(kind, spec.id), examples)


def subject_of_class(
    catalogue: Catalogue,
    kind: Kind,
    spec: Spec,
    cls: type[Component],
    examples: Sequence[Mapping[str, object]] | None = None,
) -> Subject:
    """As ``subject_of``, for a class that need not be in the catalogue."""
    tried = tuple(cls.examples() if examples is None else examples)
    subject = Subject(kind, spec, cls, tried)
    kept, refused = [], []
    for example in tried:
        options = options_of(cls, example, where=f"examples of {spec.id}")
        for case in _cases(catalogue, subject, options):
            try:
                case.build()
                kept.append(case)
            except BadValue as error:
                refused.append(f"{case}: {error}")
    return replace(subject, cases=tuple(kept), refused=tuple(refused))


def modalities(catalogue: Catalogue, spec: Spec) -> Iterator[Modality]:
    """The examples of every installed modality that the spec of a component names."""
    for found in catalogue.of("modality"):
        if spec.fits(found.modalities[0]):
            cls = catalogue.load("modality", found.id)
            for example in cls.examples():
                yield cls(options_of(cls, example, where=f"examples of {found.id}"))


CONDITIONED_CASES: dict[
    Kind,
    type[GeneratorCase]
    | type[DiscriminatorCase]
    | type[JointDiscriminatorCase]
    | type[AuxiliaryLossCase],
] = {
    "generator": GeneratorCase,
    "discriminator": DiscriminatorCase,
    "joint_discriminator": JointDiscriminatorCase,
    "auxiliary_loss": AuxiliaryLossCase,
}


def _cases(catalogue: Catalogue, subject: Subject, options: Options) -> Iterator[Case[object]]:
    spec, cls = subject.spec, subject.cls
    if subject.kind in CONDITIONED_CASES:
        case_type = CONDITIONED_CASES[subject.kind]
        # Every condition is used, but not with every space.
        for number, (modality, condition) in enumerate(
            zip(modalities(catalogue, spec), cycle(CONDITIONS), strict=False)
        ):
            if condition.map_channels:
                # Coarser than the sample, as those of an encoder often are.
                grid = tuple(max(1, size // 2) for size in modality.space.shape[1:])
                condition = replace(condition, map_shape=grid)
            if spec.repairs or (subject.kind != "generator" and number % 2):
                condition = replace(condition, mask_shape=modality.mask_shape)
            yield case_type(spec, cls, options, modality.space, condition, modality)
    elif subject.kind == "encoder":
        for modality in modalities(catalogue, spec):
            yield EncoderCase(spec, cls, options, modality)
    elif subject.kind == "augmentation":
        for modality in modalities(catalogue, spec):
            yield AugmentationCase(spec, cls, options, modality.space)
    elif subject.kind in ("fusion", "alignment"):
        given = FusionCase if subject.kind == "fusion" else AlignmentCase
        for spaces in GIVEN:
            yield given(spec, cls, options, spaces)
    else:
        plain = DataSourceCase if subject.kind == "data_source" else PlainCase
        yield plain(spec, cls, options)
