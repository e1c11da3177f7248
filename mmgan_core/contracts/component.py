"""What components of every kind have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from mmgan_core.options import Options as BaseOptions


class Component:
    """The base of every contract: a class with a model of its options.

    Attributes:
        Options: the options that a recipe may set; unknown keys are errors.
    """

    Options: ClassVar[type[BaseOptions]] = BaseOptions

    def at(self, samples: int) -> None:
        """Hear the time: implement it only if the component must act as training goes on.

        A component of a training step, and an encoder, fusion or generator of a trained model, is
        told the time before it works: in training before each step, in a model once. A number of
        the options needs no such method, since it may be a schedule in any recipe.

        Args:
            samples: how many real samples training has seen. What the component makes of it must
                depend on this number alone, so that a resumed training is the same.
        """

    @classmethod
    def pinned(cls, options: Any) -> Mapping[str, object]:
        """Options in place of these, so that what they name elsewhere never changes.

        A model is exported with them: with a commit, where a recipe names the newest revision of a
        repository.
        """
        return {}

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        """Options for contract tests to build the component with: small, quick and varied.

        By default there is one example without options, or no example if an option is required.
        Return no example if the component cannot run here, for instance because it would have to
        download weights.

        Example:
            >>> Component.examples()
            ({},)
        """
        required = any(option.is_required() for option in cls.Options.model_fields.values())
        return () if required else ({},)
