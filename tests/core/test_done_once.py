"""What generating does once, however many samples are made: encoding a value, decoding a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from torch import Tensor

from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import Encoding, Modality, SampleSpace
from mmgan_core.errors import BadValue, UsageError
from mmgan_core.inference.encoding_once import encoded_once
from mmgan_core.inference.samples import presented

CPU = torch.device("cpu")


class Counting:
    """As much of a GAN as encodes numbers, and what it was given."""

    def __init__(self) -> None:
        self.asked: list[list[object]] = []

    def preparing(self, name: str) -> Any:
        return self._prepare

    def encoder(self, name: str) -> Any:
        return SimpleNamespace(prepare_sized=lambda values: self._prepare([-v for v in values]))

    def encode(self, given: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Encoding]:
        return {
            name: Encoding(one["x"][:, None], tokens=one["x"][:, None, None].repeat(1, 2, 3))
            for name, one in given.items()
        }

    def _prepare(self, values: Sequence[Any]) -> dict[str, Tensor]:
        self.asked.append(list(values))
        if "bad" in values:
            raise BadValue("it is bad")
        return {"x": torch.tensor(values)}


def encoding(gan: Counting, values: Sequence[object], *, sized: bool = False) -> Encoding:
    return encoded_once(cast(GAN, gan), "a", values, CPU, sized=sized)


def test_a_value_that_rows_share_is_encoded_once() -> None:
    gan = Counting()
    one, other = 1.5, 2.5
    found = encoding(gan, [one, other, one, one])
    assert gan.asked == [[1.5, 2.5]]
    assert found.pooled.tolist() == [[1.5], [2.5], [1.5], [1.5]]
    assert found.tokens is not None
    assert found.tokens[:, 1, 2].tolist() == [1.5, 2.5, 1.5, 1.5]


def test_values_of_their_own_are_all_encoded() -> None:
    gan = Counting()
    values = [float(n) for n in range(3)]
    assert encoding(gan, values, sized=True).pooled.tolist() == [[0.0], [-1.0], [-2.0]]
    assert gan.asked == [[-0.0, -1.0, -2.0]]


def test_a_value_that_cannot_be_read_names_its_entry() -> None:
    with pytest.raises(UsageError, match="a: it is bad"):
        encoding(Counting(), ["bad", "bad"])


class Shown:
    """As much of a modality as decodes samples, and how often it did."""

    space = SampleSpace("numbers", (2,))
    length_axes = ()

    def __init__(self) -> None:
        self.decoded = 0

    def present(self, samples: Tensor) -> list[object]:
        assert not torch.is_grad_enabled()
        self.decoded += 1
        return [float(one.sum()) for one in samples]


def test_a_sample_is_decoded_when_somebody_asks_for_it() -> None:
    modalities = {"x": Shown(), "y": Shown()}
    made = {name: torch.full((3, 2), 9.0) for name in modalities}
    samples = presented(made, cast(Mapping[str, Modality], modalities))
    assert samples.tensors["x"].max() == 1, "clamped"
    assert (list(samples), len(samples), "x" in samples, "z" in samples) == (
        ["x", "y"], 2, True, False,
    )  # fmt: skip
    with pytest.raises(AttributeError, match="no 'z' was made"):
        _ = samples.z
    assert [one.decoded for one in modalities.values()] == [0, 0]
    assert samples.x == samples["x"] == [2.0, 2.0, 2.0]
    assert [one.decoded for one in modalities.values()] == [1, 0]
    assert dict(samples) == {"x": [2.0] * 3, "y": [2.0] * 3}
    assert [one.decoded for one in modalities.values()] == [1, 1]
