"""A component under test, with all its cases.

Sizes come from the installed modalities: a generator is built for the sample spaces of the examples
of every modality that its spec names. A case that it refuses with a BadValue is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle

from mmgan_core.component import options_of
from mmgan_core.contracts import ConditionSpace, EncodingSpace, Generator, Modality
from mmgan_core.contracts.component import Component
from mmgan_core.errors import BadValue
from mmgan_core.foundation.kept_files import open_file
from mmgan_core.options import Options, file_refs
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
# For fusions of exactly one entry; an alignment needs two.
ALONE = {"a": EncodingSpace(5)}


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
        fault: why it cannot be imported, has no valid examples or cannot be built, if so.
    """

    kind: Kind
    spec: Spec
    cls: type[Component]
    examples: tuple[Mapping[str, object], ...]
    cases: tuple[Case[object], ...] = ()
    refused: tuple[str, ...] = field(default=(), repr=False)
    fault: Exception | None = None

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
    try:
        cls = catalogue.load(kind, spec.id)
    except Exception as fault:
        return Subject(kind, spec, Component, (), fault=fault)
    return subject_of_class(catalogue, kind, spec, cls, examples)


def subject_of_class(
    catalogue: Catalogue,
    kind: Kind,
    spec: Spec,
    cls: type[Component],
    examples: Sequence[Mapping[str, object]] | None = None,
) -> Subject:
    """As ``subject_of``, for a class that need not be in the catalogue."""
    subject = Subject(kind, spec, cls, ())
    try:
        subject = replace(subject, examples=tuple(cls.examples() if examples is None else examples))
        kept, refused = _built(catalogue, subject)
    except Exception as fault:
        return replace(subject, fault=fault)
    return replace(subject, cases=tuple(kept), refused=tuple(refused))


def _built(catalogue: Catalogue, subject: Subject) -> tuple[list[Case[object]], list[str]]:
    kept, refused = [], []
    for example in subject.examples:
        options = options_of(subject.cls, example, where=f"examples of {subject.spec.id}")
        for case in _cases(catalogue, subject, options):
            try:
                case.build()
                kept.append(case)
            except BadValue as error:
                refused.append(f"{case}: {error}")
    return kept, refused


def modalities(catalogue: Catalogue, spec: Spec) -> Iterator[Modality]:
    """The examples of every installed modality that the spec of a component names."""
    for found in catalogue.of("modality"):
        if spec.fits(found.modalities[0]):
            cls = catalogue.load("modality", found.id)
            for example in cls.examples():
                options = options_of(cls, example, where=f"examples of {found.id}")
                files = {name: open_file(path) for name, path in file_refs(options).items()}
                yield cls(options, **files)


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


def _conditioned(
    catalogue: Catalogue, spec: Spec, cls: type[Component]
) -> Iterator[tuple[Modality, ConditionSpace]]:
    """Every modality with a condition; and one with tokens and maps, if they can be read.

    The conditions that a generator names itself take the place of these.
    """
    if issubclass(cls, Generator):
        own = [
            (modality, condition)
            for modality in modalities(catalogue, spec)
            for condition in cls.example_conditions(modality.space)
        ]
        if own:
            yield from own
            return
    found = list(zip(modalities(catalogue, spec), cycle(CONDITIONS), strict=False))
    if found and len(found) < len(CONDITIONS) and set(spec.condition_parts) - {"pooled"}:
        found.append((found[0][0], CONDITIONS[-1]))
    yield from found


def _cases(catalogue: Catalogue, subject: Subject, options: Options) -> Iterator[Case[object]]:
    spec, cls = subject.spec, subject.cls
    if subject.kind in CONDITIONED_CASES:
        case_type = CONDITIONED_CASES[subject.kind]
        for number, (modality, condition) in enumerate(_conditioned(catalogue, spec, cls)):
            if condition.map_channels and not condition.map_shape:
                # Coarser than the sample, as those of an encoder often are.
                grid = tuple(max(1, size // 2) for size in modality.space.shape[1:])
                condition = replace(condition, map_shape=grid or (4, 4))
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
        for spaces in (*GIVEN, ALONE) if subject.kind == "fusion" else GIVEN:
            yield given(spec, cls, options, spaces)
    else:
        plain = DataSourceCase if subject.kind == "data_source" else PlainCase
        yield plain(spec, cls, options)
