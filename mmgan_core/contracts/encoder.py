"""An encoder: turns given values into an Encoding."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Encoding, EncodingSpace
from mmgan_core.contracts.modality import Modality
from mmgan_core.contracts.portable import NotPortable, Reading
from mmgan_core.contracts.settings import Settings
from mmgan_core.errors import BadValue
from mmgan_core.options import Options as BaseOptions

if TYPE_CHECKING:
    from mmgan_core.contracts.data_source import Column


class Encoder(nn.Module, Component, ABC):
    """Turns the given values of one modality into an Encoding.

    ``prepare`` does everything that does not learn: decoding, feature extraction, a frozen
    pretrained network. Its results are computed once for each distinct value and cached on disk.
    ``forward`` is the part that learns, and only its weights are saved.

    Attributes:
        dim: the size E of ``Encoding.pooled``; 0 for an encoder that makes no vector.
        token_dim: the size of a vector of ``Encoding.tokens``; 0 without tokens.
        map_channels: the channels of ``Encoding.maps``; 0 without maps.
        map_shape: the grid of ``Encoding.maps``, such as (H, W).
        map_settings: how the numbers of ``Encoding.maps`` were made, for what must know it; None
            if nothing does.
        choice_settings: what the choices of ``Encoding.choices`` are, such as which vocabulary;
            None if its tokens stand for no choices.
        learning_options: the names of options that make no difference to ``prepare``, such as sizes
            of layers that learn: with another value of one of them, nothing is prepared anew.
        in_workers: whether ``prepare`` may run in several processes at once; False for a frozen
            network, which is loaded only once.
        moves: whether its maps lie exactly along the places of a value, so that moving or
            mirroring the maps is the same as encoding a value that was moved or mirrored.
        any_size: whether it encodes values of any size along the ``free_axes`` of its modality;
            the grid of their maps is larger or smaller than ``map_shape`` in proportion.
    """

    learning_options: ClassVar[frozenset[str]] = frozenset()
    in_workers: ClassVar[bool] = True
    moves: ClassVar[bool] = False
    any_size: ClassVar[bool] = False
    dim: int
    token_dim: int = 0
    map_channels: int = 0
    map_shape: tuple[int, ...] = ()
    map_settings: Settings | None = None
    choice_settings: Settings | None = None

    def __init__(self, options: BaseOptions, modality: Modality) -> None:
        super().__init__()
        self.options = options
        self.modality = modality

    @property
    def space(self) -> EncodingSpace:
        """What it makes, and how large that is, as its attributes say."""
        return EncodingSpace(
            self.dim,
            self.token_dim,
            self.map_channels,
            self.map_shape,
            self.map_settings,
            self.choice_settings,
        )

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        """Turn raw values into compact tensors on the CPU, each (B, ...), by names of its choice.

        By default there is one, ``"prepared"``: what the modality's ``prepare`` returns, which
        ``modality.to_sample`` turns into samples.

        Raises:
            BadValue: if a value cannot be read.
        """
        return {"prepared": self.modality.prepare(values)}

    def unread(self, value: object) -> str:
        """What of a raw value ``prepare`` does not read; "" if it reads all of it.

        Whoever gives the value to a model is told, so it is a clause, such as "only the first 72 of
        its 180 pieces are read". By default it is what the modality says, if ``prepare`` is the
        modality's; an encoder that overrides ``prepare`` and cuts values says so itself.

        Raises:
            BadValue: if the value cannot be read.
        """
        return self.modality.unread(value) if type(self).prepare is Encoder.prepare else ""

    def prepare_sized(self, values: Sequence[object]) -> dict[str, Tensor]:
        """As ``prepare``, for values that are all of one size, which is kept: see ``any_size``.

        An encoder of any size that overrides ``prepare`` overrides this too.
        """
        return {"prepared": self.modality.sized(values[0]).prepare(values)}

    def reading(self) -> Reading:
        """How an engine without this plugin reads a value: what ``prepare`` does, as plain data.

        By default it is the modality's, if ``prepare`` is. An encoder that overrides ``prepare``
        and not this cannot be exported into formats of other engines.

        Raises:
            NotPortable: if it cannot be described; the message says why.
        """
        if type(self).prepare is not Encoder.prepare:
            raise NotPortable(f"{type(self).__name__} does not say how it prepares values")
        return self.modality.reading()

    @classmethod
    def packages(cls, options: Any) -> Sequence[str]:
        """Return the packages to install for these options, beyond those that the plugin requires.

        The card of a model names them in its first command.
        """
        return ()

    @classmethod
    def start(cls, column: Column, values: Sequence[object]) -> tuple[dict[str, object], str]:
        """Suggest options for a given entry of a new recipe, from values of its column.

        Args:
            column: how the data source describes the column.
            values: up to 256 raw values of the training split.

        Returns:
            Options that `init` writes into the recipe, and the reason, for a comment beside them.
        """
        return {}, ""

    def fingerprint(self) -> str:
        """Return what identifies the files that ``prepare`` reads, such as a frozen network's.

        What was prepared is used again only if the options, the code, the versions of the packages
        that the code imports, and this are the same. The hash of a file or a commit of a
        repository identifies it on every machine; its path does not.
        """
        return ""

    @abstractmethod
    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Encode the tensors that ``prepare`` made, which are now on the device.

        Returns:
            What ``space`` declares: a vector, tokens with a padding mask, maps, or several of them.
        """

    def of_sample(self, sample: Tensor) -> Encoding:
        """Encode samples, (B, *space.shape), as they are, with a gradient to them.

        Samples are real or made, those of a generator included: then a loss can give one
        generator what another has made, and discriminators can see inferred noise. An encoder
        that can only encode what ``prepare`` made does not override this.

        Raises:
            BadValue: if this encoder cannot encode samples.
        """
        raise BadValue(f"{type(self).__name__} cannot encode samples that were made")

    @classmethod
    def encodes_samples(cls) -> bool:
        """Whether ``of_sample`` is implemented."""
        return cls.of_sample is not Encoder.of_sample
