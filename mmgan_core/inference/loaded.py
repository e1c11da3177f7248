"""What a trained model is and where it is: its entries, its device, its place on the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.gan import GAN
from mmgan_core.errors import UsageError, nearest
from mmgan_core.foundation.devices import device_of
from mmgan_core.foundation.memory_layout import channels_last
from mmgan_core.inference.pushes import Push
from mmgan_core.inference.shown import html_table
from mmgan_core.inference.use_options import set_use_options


class Loaded:
    """A trained GAN with averaged weights, which is not trained any more.

    Attributes:
        blueprint: the parts that the GAN was built from.
        gan: the GAN.
        device: the device that it runs on.
        samples: how many samples it was trained on.
        at_once: how many samples may be made at once, as far as memory goes.
        shift: what is added to sampled noise, (Z,), by the made entry that it belongs to.
        pushes: how conditions are pushed to what other values of given entries give.
        critics: returns the whole GAN with its discriminators; None if they are not at hand.
        directions: the file of its directions that was kept with it; None if there is none.
        writer: writes the model into a folder, for ``save``; None if nothing says where it is from.
    """

    def __init__(
        self, blueprint: Blueprint, gan: GAN, *, device: torch.device, samples: int = 0
    ) -> None:
        self.blueprint, self.device, self.samples = blueprint, device, samples
        blueprint.clock.set(samples)
        self.at_once = 2**31
        self.shift: Mapping[str, Tensor] = {}
        self.pushes: tuple[Push, ...] = ()
        self.critics: Callable[[], GAN] | None = None
        self.directions: Path | None = None
        self.writer: Callable[[Path], Path] | None = None
        self.gan = channels_last(gan.eval().requires_grad_(False).to(device))

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self.blueprint.recipe.name

    @property
    def given(self) -> list[str]:
        """The names of the given entries; ``generate`` takes any subset of them."""
        return list(self.blueprint.given)

    @property
    def made(self) -> list[str]:
        """The names of the made entries."""
        return list(self.blueprint.make)

    def __repr__(self) -> str:
        weights = sum(p.numel() for p in self.gan.parameters())
        given = ", ".join(self.given) or "nothing"
        return f"<Model {self.name}: {given} -> {', '.join(self.made)}; {weights:,} weights>"

    def _repr_html_(self) -> str:
        labels = {name: self.blueprint.modalities[name].labels for name in self.given}
        given = (
            f"{name} ({', '.join(names[:20])}{', ...' if len(names) > 20 else ''})"
            if names
            else name
            for name, names in labels.items()
        )
        weights = sum(p.numel() for p in self.gan.parameters())
        return html_table(
            [
                ("model", self.name),
                ("given", ", ".join(given) or "nothing"),
                ("made", ", ".join(self.made)),
                ("weights", f"{weights:,}, on {self.device}"),
                ("trained on", f"{self.samples:,} samples"),
            ]
        )

    def to(self, device: str | torch.device) -> Self:
        """Move the model to a device, as torch does; returns the model itself.

        Args:
            device: ``cpu``, ``cuda``, ``cuda:1``, ``mps``, or ``auto``.

        Raises:
            UsageError: if the device cannot be used; the model then stays where it is.
        """
        self.device = device_of(device)
        self.gan = channels_last(self.gan.to(self.device))
        return self

    def set_options(self, entry: str, **options: object) -> Self:
        """Change how samples are made, by the ``use_options`` of a generator; return the model.

        What is saved of the model keeps the options that it was trained with.

        Args:
            entry: what it makes.
            options: such as ``sampling_temperature=0.7`` or ``beams=4`` of a made text.

        Raises:
            UsageError: if the model makes no such entry, or an option decides what was learned.
            RecipeError: if a value does not fit.

        Example:
            >>> load("summaries").set_options("synopsis", beams=0)          # doctest: +SKIP
        """
        set_use_options(self, entry, options)
        return self

    def labels(self, entry: str) -> list[str]:
        """The names that the values of an entry can have, in order.

        Raises:
            UsageError: if the model has no such entry, or its values have no fixed names.

        Example:
            >>> load("digits-28").labels("label")[:3]                       # doctest: +SKIP
            ['zero', 'one', 'two']
        """
        entries = [*self.given, *self.made]
        if entry not in entries:
            raise UsageError(f"{self.name} has no entry {entry!r}", hint=nearest(entry, entries))
        names = {name: self.blueprint.modalities[name].labels for name in entries}
        if not names[entry]:
            named = ", ".join(name for name, found in names.items() if found)
            raise UsageError(
                f"the values of {entry} have no fixed names",
                hint=f"those of {named} do" if named else "nor do those of its other entries",
            )
        return list(names[entry])

    @property
    def repairable(self) -> list[str]:
        """The names of the made entries that the model can repair."""
        return [n for n in self.made if self.gan.generator(n).condition.mask_shape is not None]

    def repaired(self, values: Iterable[str]) -> str:
        """Return the one of these names that is an entry the model can repair.

        Raises:
            UsageError: if none of them is, or several are.
        """
        able = self.repairable
        found = [name for name in values if name in able]
        if not able:
            raise UsageError(
                f"{self.name} cannot repair samples",
                hint="use a model that can, such as digits-repair",
            )
        if len(found) != 1:
            raise UsageError(
                f"give exactly one value to repair; {self.name} repairs {', '.join(able)}"
            )
        return found[0]

    def save(self, folder: str | Path) -> Path:
        """Write the model into a folder, from which ``load`` reads it back bit for bit.

        A model of a run is exported, as ``export`` does it, for which its data must be there; any
        other is copied.

        Args:
            folder: the folder to write; it must not exist yet.

        Returns:
            The folder.

        Raises:
            UsageError: if the folder exists, the weights were changed, or the model is not one that
                ``load`` or ``train`` returned.
            DataError: if the data of a run cannot be opened.
        """
        if self.writer is None:
            raise UsageError(
                f"nothing says where {self.name} is from",
                hint="save a model that load or train returned",
            )
        return self.writer(Path(folder))
