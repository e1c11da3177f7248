"""What a text consists of, for metrics: words and marks, or characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from typing import ClassVar, Literal, TypeAlias

from pydantic import Field

from mmgan_core.contracts import Metric
from mmgan_core.errors import UsageError
from mmgan_core.options import Options as BaseOptions

Text: TypeAlias = tuple[str, ...]
Unit: TypeAlias = Literal["words", "characters"]
# Runs of letters and digits, and every other sign by itself.
_WORD = re.compile(r"\w+|[^\w\s]")


class TextMetricOptions(BaseOptions):
    """Options of metrics that count pieces of texts."""

    unit: Unit = Field(
        "words",
        description="what is counted: words, with every punctuation mark by itself, or characters, "
        "for languages that put no spaces between words",
    )
    lower: bool = Field(True, description="whether capital letters count as small ones")


class TextMetric(Metric):
    """A metric that counts pieces of texts."""

    Options: ClassVar[type[BaseOptions]] = TextMetricOptions
    options: TextMetricOptions
    needs = frozenset({"values"})

    def read(self, values: Sequence[object]) -> list[Text]:
        """The pieces of each text."""
        return [pieces(str(value), self.options.unit, self.options.lower) for value in values]


def pieces(text: str, unit: Unit = "words", lower: bool = True) -> Text:
    """The words and marks of a text, or its characters with a space for every gap.

    Example:
        >>> pieces("C++ it is!")
        ('c', '+', '+', 'it', 'is', '!')
    """
    text = text.lower() if lower else text
    return tuple(_WORD.findall(text)) if unit == "words" else tuple(" ".join(text.split()))


def refuse_without(library: str, metric: str) -> None:
    """Refuse a metric whose library is not installed.

    Raises:
        UsageError: says what to install.
    """
    if find_spec(library) is None:
        raise UsageError(
            f"{metric} is computed by {library}, which is not installed",
            hint="pip install 'mmgan-text[metrics]'",
        )
