"""The options of a component: a pydantic model that refuses unknown keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    PlainSerializer,
    StringConstraints,
)

if TYPE_CHECKING:
    from pydantic_core import CoreSchema


class Options(BaseModel):
    """The base of every component's options; unknown keys are errors.

    Example:
        >>> class DropOptions(Options):
        ...     drop: float = 0.3
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class ModelRef(str):
    """An option that names a trained model, which the component works with while it is frozen.

    It is spelt as for ``mmgan_core.load``: ``dir:DIR``, ``run:DIR``, ``hf:ORG/NAME@REV`` or a name
    of the zoo. Inside an exported model it is ``part:NAME`` and stands for its directory
    ``parts/NAME``. The component receives the model as a keyword argument with the name of the
    option; see ``mmgan_core.contracts.FrozenModel``.

    Example:
        >>> class VoiceOptions(Options):
        ...     vocoder: ModelRef | None = None
        >>> type(VoiceOptions(vocoder="dir:models/voice").vocoder).__name__
        'ModelRef'
    """

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[object], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return _string_schema(cls, handler)


class FileRef(str):
    """An option that names a small file, which the component reads and a model carries.

    In a recipe it is a path. A run keeps a copy, and a model that is exported of it another: there
    the option is ``sha256:HEX`` and stands for ``files/HEX``. A file has at most 16 MB. The
    component receives its content, ``bytes``, as a keyword argument with the name of the option. It
    may come from a stranger: read it as data, check it, and bound what it makes.

    ``Modality.fit`` may return the ``bytes`` of a file for such an option: then the run keeps them.

    Example:
        >>> class WordsOptions(Options):
        ...     dictionary: FileRef | None = None
        >>> WordsOptions(dictionary="words.json").dictionary
        'words.json'
    """

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[object], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return _string_schema(cls, handler)


def file_refs(options: Options) -> dict[str, FileRef]:
    """The files that options name, by the name of the option."""
    return {name: value for name, value in vars(options).items() if isinstance(value, FileRef)}


def model_refs(options: Options) -> dict[str, ModelRef]:
    """The models that options name, by the name of the option."""
    # Its values as they stand: reading an option that is a schedule would ask for the time.
    return {name: value for name, value in vars(options).items() if isinstance(value, ModelRef)}


def _string_schema(cls: type[str], handler: GetCoreSchemaHandler) -> CoreSchema:
    """Written as a plain string, which YAML can represent."""
    return handler.generate_schema(
        Annotated[
            str,
            StringConstraints(min_length=1, max_length=1_000),
            AfterValidator(cls),
            PlainSerializer(str, return_type=str),
        ]
    )
