"""Where a loaded model is from; and saving it into a folder, wherever that is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from mmgan_core.errors import UsageError
from mmgan_core.inference.model import Model
from mmgan_core.publishing.export import export
from mmgan_core.zoo.addresses import Address, Name, run_of
from mmgan_core.zoo.loading import folder_of, load, opened
from mmgan_core.zoo.pull import copied


@dataclass(frozen=True)
class Writer:
    """Writes a model that was loaded from an address into a folder; see ``Model.save``.

    Attributes:
        model: the model.
        address: where it was loaded from: a run, which is exported, or a model, which is copied.
    """

    model: Model
    address: Address

    def __call__(self, to: Path) -> Path:
        """Write the model; ``load`` reads it back bit for bit.

        Raises:
            UsageError: if the folder exists, or the weights are not those at the address any more.
            DataError: if the data of a run cannot be opened.
        """
        if to.exists():
            raise UsageError(f"{to} exists already", hint="choose another folder, or remove it")
        self.refuse_other_weights()
        if self.address.kind == "run":
            return export(self.address.path, to, address=f"dir:{to}").path
        return copied(opened(str(self.address)), to).path

    def refuse_other_weights(self) -> None:
        """Refuse a model whose weights are not those at its address any more.

        Raises:
            UsageError: says what may have happened.
        """
        there = load(str(self.address)).gan.maker_state()
        here = self.model.gan.maker_state()
        if here.keys() != there.keys() or not all(
            torch.equal(here[name].cpu(), there[name]) for name in there
        ):
            raise UsageError(
                f"the weights of this model are not those of {self.address} any more",
                hint="load it again: the run has gone on, or the weights were changed",
            )


def run_of_model(run: Name | Model) -> Path:
    """The directory of a run: of a model that was loaded from it, or named as for ``load``.

    Raises:
        UsageError: if it is no run, or the weights of a model are not those of its run any more.
    """
    why = "a model is exported from a run; Model.save copies one that was exported"
    return run_of(str(_address(run)) if isinstance(run, Model) else run, why)


def folder_of_model(model: Name | Model) -> Path:
    """The directory of a run or of a model, loaded or named as for ``load``.

    Raises:
        UsageError: as ``load``; also if the weights of a model are not those of its directory any
            more.
    """
    return folder_of(str(_address(model)) if isinstance(model, Model) else model)


def _address(model: Model) -> Address:
    if not isinstance(model.writer, Writer):
        raise UsageError(
            f"nothing says where {model.name} is from",
            hint="give a model that load or train returned, or its name",
        )
    model.writer.refuse_other_weights()
    return model.writer.address
