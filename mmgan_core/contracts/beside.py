"""What stands beside a component in a recipe, for components whose options refer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mmgan_core.contracts.encoder import Encoder
from mmgan_core.contracts.generator import Generator
from mmgan_core.errors import BadValue, nearest


@dataclass(frozen=True)
class Beside:
    """The networks of a recipe, as an auxiliary loss of one made entry may refer to them.

    Attributes:
        entry: the made entry that the loss stands in.
        generators: the generators of all made entries.
        encoders: the encoders of all given entries.
        given_of: the given entries that each made entry is conditioned on.
        moved: by made entry whose real samples a data augmentation moves (flips, shifts, ...), the
            id of that augmentation. Maps of what is given move with them; vectors, tokens and
            what is made of other entries do not.
        cut: by made entry whose samples training sees parts of (``window``), what is equal for
            entries whose parts lie at the same place in a row.
    """

    entry: str
    generators: Mapping[str, Generator]
    encoders: Mapping[str, Encoder]
    given_of: Mapping[str, tuple[str, ...]]
    moved: Mapping[str, str] = field(default_factory=dict)
    cut: Mapping[str, object] = field(default_factory=dict)

    def other(self, name: str) -> Generator:
        """The generator of another made entry.

        Raises:
            BadValue: if no other entry of this name is made; names the nearest.
        """
        others = {one: made for one, made in self.generators.items() if one != self.entry}
        if name not in others:
            raise BadValue(f"there is no other made entry {name!r}: {nearest(name, others)}")
        return others[name]

    def encoder_of_samples(self, given: str, *, made: str = "", of: str = "") -> Encoder:
        """The encoder of a given entry, which is to encode samples of a made entry.

        Args:
            made: the made entry; default: the one that the loss stands in.
            of: a made entry whose condition is made of that encoding; default: none is.

        Raises:
            BadValue: if there is no such given entry, ``of`` is not conditioned on it, or its
                encoder cannot encode such samples; names the nearest that can be meant.
        """
        made = made or self.entry
        if given not in self.encoders:
            raise BadValue(f"nothing is given as {given!r}: {nearest(given, self.encoders)}")
        if of and given not in self.given_of[of]:
            raise BadValue(
                f"{of} is not conditioned on {given}: {nearest(given, self.given_of[of])}"
            )
        encoder = self.encoders[given]
        if not encoder.encodes_samples():
            raise BadValue(f"the encoder of {given} cannot encode samples: {self._able(made)}")
        if not self._fits(encoder, made):
            own, theirs = encoder.modality.space.shape, self.generators[made].space.shape
            raise BadValue(
                f"the encoder of {given} reads samples {own}, but those of {made} are {theirs}: "
                f"{self._able(made)}"
            )
        return encoder

    def _fits(self, encoder: Encoder, made: str) -> bool:
        """Whether samples have the shape that an encoder reads, but for sizes that are free."""
        modality, shape = encoder.modality, self.generators[made].space.shape
        read = modality.space.shape
        return len(read) == len(shape) and all(
            one == other
            for axis, (one, other) in enumerate(zip(read, shape, strict=True))
            if axis not in modality.free_axes
        )

    def _able(self, made: str) -> str:
        able = [n for n, e in self.encoders.items() if e.encodes_samples() and self._fits(e, made)]
        return f"choose from: {', '.join(able)}" if able else "choose another encoder"
