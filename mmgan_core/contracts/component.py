"""What components of every kind have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from mmgan_core.options import Options as BaseOptions


class Component:
    """A class with a model of its options.

    Attributes:
        Options: what a recipe may say of it; unknown keys are errors.
    """

    Options: ClassVar[type[BaseOptions]] = BaseOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        """Options that contract tests try it with: small, quick, and unlike one another.

        By default none are set, or there is no example where one must be. None also, if it cannot
        run here, for instance because weights would have to be fetched.

        Example:
            >>> Component.examples()
            ({},)
        """
        required = any(option.is_required() for option in cls.Options.model_fields.values())
        return () if required else ({},)
