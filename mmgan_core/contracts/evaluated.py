"""What a metric sees of some samples: features, values, and what they are compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from torch import Tensor

from mmgan_core.contracts.condition import Encoding
from mmgan_core.contracts.modality import Modality
from mmgan_core.errors import UsageError

_T = TypeVar("_T")
Lazy: TypeAlias = _T | Callable[[], _T]


@dataclass(frozen=True)
class Matched:
    """Samples and given values in the joint space of a matcher.

    Attributes:
        samples: one vector of length 1 for each sample, (N, E).
        given: one vector of length 1 for the given value of each row, (N, E).
        meaning: rows whose given values are equal have equal numbers, (N,).
    """

    samples: Tensor
    given: Tensor
    meaning: Tensor


class Evaluated:
    """Some samples, as a metric sees them; what a metric does not read is never computed.

    Attributes:
        modality: the modality of the samples.
        has: the names of the parts below that there are.
        places: where made samples are real, and not padding, (N, ...), which broadcasts to them;
            None if that is not known, and in real samples.
        at_temperature: makes the decoded samples again at another temperature of the generator;
            None if it has none, and in real samples.
        shuffled: whether made samples are compared with other rows than they were made from;
            ``given``, ``labels`` and ``references`` are those of the other rows.

    Example:
        >>> Evaluated(values=["a", "b"]).has
        frozenset({'values'})
    """

    PARTS = (
        "features",
        "predicted",
        "asked",
        "values",
        "samples",
        "references",
        "given",
        "matched",
        "encode",
        "probabilities",
        "labels",
        "raw",
    )

    def __init__(
        self,
        features: Lazy[Tensor] | None = None,
        predicted: Lazy[Tensor] | None = None,
        asked: Lazy[Tensor] | None = None,
        *,
        modality: Modality | None = None,
        values: Lazy[Sequence[object]] | None = None,
        samples: Lazy[Tensor] | None = None,
        references: Lazy[Evaluated] | None = None,
        given: Lazy[Mapping[str, Sequence[object]]] | None = None,
        matched: Lazy[Matched] | None = None,
        encode: Callable[[Sequence[object]], Encoding] | None = None,
        places: Tensor | None = None,
        probabilities: Lazy[Tensor] | None = None,
        labels: Lazy[Sequence[str | None]] | None = None,
        raw: Lazy[Sequence[object]] | None = None,
        shuffled: bool = False,
        at_temperature: Callable[[float], Sequence[object]] | None = None,
    ) -> None:
        """Each part is a value, or a function that returns it when it is first read."""
        self.modality, self.places, self.shuffled = modality, places, shuffled
        self.at_temperature = at_temperature
        self._encode = encode
        parts = {
            "features": features,
            "predicted": predicted,
            "asked": asked,
            "values": values,
            "samples": samples,
            "references": references,
            "given": given,
            "matched": matched,
            "probabilities": probabilities,
            "labels": labels,
            "raw": raw,
        }
        self._parts: dict[str, object] = {k: part for k, part in parts.items() if part is not None}

    @property
    def has(self) -> frozenset[str]:
        """The names of the parts that there are, computed or not."""
        return frozenset(self._parts) | ({"encode"} if self._encode else set())

    @property
    def features(self) -> Tensor:
        """The evaluator's features of the samples, (N, F)."""
        found: Tensor = self._part("features")
        return found

    @property
    def predicted(self) -> Tensor:
        """The classes that the evaluator predicts, (N,)."""
        found: Tensor = self._part("predicted")
        return found

    @property
    def asked(self) -> Tensor:
        """The classes that were asked for, (N,); -1 where none was."""
        found: Tensor = self._part("asked")
        return found

    @property
    def values(self) -> Sequence[object]:
        """The decoded samples in the modality's Python form: images, waveforms, strings."""
        found: Sequence[object] = self._part("values")
        return found

    @property
    def samples(self) -> Tensor:
        """The samples as tensors, (N, *shape), in the range of the modality's space."""
        found: Tensor = self._part("samples")
        return found

    @property
    def references(self) -> Evaluated:
        """The real samples of the same rows, which made samples are compared with one by one."""
        found: Evaluated = self._part("references")
        return found

    @property
    def given(self) -> Mapping[str, Sequence[object]]:
        """The raw values that were given, N for each given entry."""
        found: Mapping[str, Sequence[object]] = self._part("given")
        return found

    @property
    def matched(self) -> Matched:
        """The samples and their given values in the joint space of the recipe's matcher."""
        found: Matched = self._part("matched")
        return found

    @property
    def probabilities(self) -> Tensor:
        """How likely each class is by the evaluator, (N, K); each row sums to 1."""
        found: Tensor = self._part("probabilities")
        return found

    @property
    def labels(self) -> Sequence[str | None]:
        """The value of the evaluator's target for each sample, which no network has read.

        Of real samples it is the label in their row, of made ones what was asked for; None where
        nothing was.
        """
        found: Sequence[str | None] = self._part("labels")
        return found

    @property
    def raw(self) -> Sequence[object]:
        """Real samples as the data hold them; ``values`` have lost what the modality loses."""
        found: Sequence[object] = self._part("raw")
        return found

    @property
    def encode(self) -> Callable[[Sequence[object]], Encoding]:
        """The metric's own encoder, or the evaluator's: decoded values to their encoding.

        It is frozen and encodes all that it is given at once, so give it a batch at a time.
        """
        if self._encode is None:
            raise _absent("encode")
        return self._encode

    def encoded_by(self, encode: Callable[[Sequence[object]], Encoding]) -> Evaluated:
        """The same samples, with another encoder."""
        other = Evaluated(
            modality=self.modality, encode=encode, places=self.places, shuffled=self.shuffled
        )
        other.at_temperature = self.at_temperature
        other._parts = self._parts  # what one of the two computes, both have
        return other

    def _part(self, name: str) -> Any:
        if name not in self._parts:
            raise _absent(name)
        part = self._parts[name]
        if callable(part):
            part = self._parts[name] = part()
        return part


def _absent(name: str) -> UsageError:
    return UsageError(
        f"a metric reads {name}, which these samples do not have",
        hint=f"a metric must say so: needs = frozenset({{{name!r}, ...}})",
    )
