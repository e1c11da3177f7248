"""Inputs that a component cannot work on are refused by a BadValue with a message."""

from __future__ import annotations

from pathlib import Path

from mmgan_core.contracts import Modality, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.testing.cases import ConditionedCase, EncoderCase, N, PlainCase
from mmgan_core.testing.check import CONDITIONED, Broken, check

ODD_SHAPES = ((1, 1, 1), (3, 2, 50), (7,), (5, 3), (2, 3, 4, 5))
ODD_VALUES: tuple[object, ...] = (
    None,
    object(),
    b"",
    b"\x00\x01nonsense",
    float("nan"),
    Path("no-such-folder", "no-such-file.bin"),
    [],
    {"key": "value"},
)


@check(
    "a sample space that it cannot work on is refused by a BadValue",
    *CONDITIONED,
    advice="check space.shape in the constructor; raise a BadValue that says which shapes work",
)
def odd_spaces(case: ConditionedCase[N]) -> None:
    for shape in ODD_SHAPES:
        space = SampleSpace(case.space.modality, shape, case.space.low, case.space.high)
        other = case.elsewhere(space)
        try:
            module = other.build()
        except BadValue as error:
            if len(str(error)) < 8:
                raise Broken(f"samples {shape} are refused without a message") from None
            continue
        except Exception as error:
            raise Broken(f"samples {shape} raise {_described(error)}") from error
        try:
            out = other.output(module.eval(), other.inputs(module, 2))
        except Exception as error:
            raise Broken(f"samples {shape} are accepted, then raise {_described(error)}") from error
        if not out.isfinite().all():
            raise Broken(f"samples {shape} are accepted, then give values that are not finite")


@check(
    "values that it cannot read are refused by a BadValue",
    "modality",
    "encoder",
    advice="raise a BadValue for a value that is missing, empty or of another kind: its row is "
    "counted and skipped; any other error stops training",
)
def odd_values(case: PlainCase[Modality] | EncoderCase) -> None:
    reader = case.build()
    for value in ODD_VALUES:
        try:
            reader.prepare([value])
        except BadValue:
            continue
        except Exception as error:
            raise Broken(f"{value!r:.40} raises {_described(error)}") from error
        if value is None:
            raise Broken("it accepts a missing value")


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
