"""What loading a model and making one sample with it would take, found without doing either.

Networks are run on torch's meta device, where they have no numbers. What a modality takes it says
itself. What was found is remembered by the model's manifest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from mmgan_core import __version__
from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import Encoder, Modality
from mmgan_core.errors import MmganError
from mmgan_core.foundation.files import atomically, cache_directory
from mmgan_core.zoo.budget import OPERATIONS_A_SECOND, Cost, refuse_over_budget
from mmgan_core.zoo.index import entries
from mmgan_core.zoo.metering import FusedAttention, Meter

_META = torch.device("meta")
_found: dict[str, Cost] = {}


def cost_of_modalities(modalities: Mapping[str, Modality]) -> Cost:
    """What preparing or presenting one value of each takes, one after the other."""
    total = Cost()
    for modality in modalities.values():
        numbers, computed = modality.work
        total = total.then(Cost(4.0 * numbers, computed / OPERATIONS_A_SECOND))
    return total


def cost_of_model(
    gan: GAN, building: Cost, recorded: Callable[[], Mapping[str, Tensor]], what: str
) -> Cost:
    """What loading a model and making one sample of everything takes.

    Args:
        gan: the networks, on the meta device; their modalities are within the budget.
        building: what building them took there.
        recorded: reads the tensors of a proof, with prepared values for entries of which none can
            be made here.
        what: what takes it, the subject of a refusal.

    Raises:
        OverBudget: if a sample has no end within the budget.
    """
    weights = _bytes_of(gan)
    sample = _cost_of_sample(gan, recorded, what).then(cost_of_modalities(gan.modalities))
    return cost_of_loading(gan, building).then(Cost(weights) + sample)


def cost_of_loading(gan: GAN, building: Cost) -> Cost:
    """What loading a model takes; arguments as for ``cost_of_model``."""
    weights = _bytes_of(gan)
    # The file is in memory until all weights were copied out of it.
    return Cost(max(building.memory, weights) + weights)


def _bytes_of(gan: GAN) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in gan.state_dict().values())


@torch.no_grad()
def _cost_of_sample(gan: GAN, recorded: Callable[[], Mapping[str, Tensor]], what: str) -> Cost:
    gan.eval()
    given = {}
    for name in gan.encoders:
        prepared = _prepared(gan.encoder(name), gan.modalities[name])
        if prepared is None:
            start = f"given.{name}."
            of_it = {key: one for key, one in recorded().items() if key.startswith(start)}
            prepared = {key.removeprefix(start): one for key, one in of_it.items()}
        if prepared:
            given[name] = on_meta(prepared)
    noise = {name: torch.empty(1, dim, device=_META) for name, dim in gan.noise_dims.items()}
    meter = Meter(what)
    with meter, FusedAttention(meter), suppress(NotImplementedError, RuntimeError):
        # What needs to see its numbers to go on is counted up to there.
        gan.make(noise, gan.given_conditions(given, 1, _META))
    return meter.cost


@torch.no_grad()
def cost_of_reading(network: nn.Module, encoder: Encoder, rows: int, what: str) -> Cost:
    """What a network on the meta device takes to read so many values that its encoder prepares.

    Args:
        what: what reads them, the subject of a refusal.

    Raises:
        OverBudget: if the modality of the values takes too much, or reading them has no end.
    """
    modality = cost_of_modalities({"": encoder.modality})
    refuse_over_budget(modality, what)
    prepared = _prepared(encoder, encoder.modality) or {}
    meter = Meter(what)
    with meter, FusedAttention(meter), suppress(LookupError, NotImplementedError, RuntimeError):
        network.eval()(on_meta(prepared, rows))
    return meter.cost.then(modality)


def on_meta(tensors: Mapping[str, Tensor], rows: int = 1) -> dict[str, Tensor]:
    """Tensors of the same kind on the meta device, with so many rows."""
    return {
        name: torch.empty(rows, *tensor.shape[1:], dtype=tensor.dtype, device=_META)
        for name, tensor in tensors.items()
    }


def _prepared(encoder: Encoder, modality: Modality) -> Mapping[str, Tensor] | None:
    """The tensors of one value that stands for all, as an encoder prepares it.

    A frozen network is not asked: it would have to be fetched, and has a bound of its own.
    """
    if not encoder.in_workers:
        return None
    try:
        return encoder.prepare(modality.present(torch.zeros(1, *modality.space.shape)))
    except (MmganError, ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return None


class Known:
    """What is known of the cost of a model: nothing, or what was found when it was first loaded.

    Attributes:
        cost: what it takes; None if that is not known.

    Args:
        manifest: the hash of its model.json.
        files: which of its networks are loaded.
    """

    def __init__(self, manifest: str, files: str) -> None:
        text = f"{manifest} {files} {__version__} {torch.__version__}"
        self._key = hashlib.sha256(text.encode()).hexdigest()
        if self._key not in _found and manifest in {entry.manifest for entry in entries()}:
            _found[self._key] = Cost()  # its index vouches for it
        row = None if self._key in _found else _read().get(self._key)
        if row is not None:
            _found[self._key] = row
        self.cost = _found.get(self._key)

    def remember(self, cost: Cost) -> None:
        """Remember what was found, for later processes too."""
        self.cost = _found[self._key] = cost
        rows = {key: asdict(one) for key, one in {**_read(), self._key: cost}.items()}
        try:
            with atomically(_file(), shared=True) as beside:
                beside.write_text(json.dumps(rows), encoding="utf-8")
        except OSError:  # then it is found again
            pass


def _file() -> Path:
    return cache_directory() / "costs.json"


def _read() -> dict[str, Cost]:
    try:
        rows = json.loads(_file().read_text(encoding="utf-8"))
        return {
            str(key): Cost(float(row["memory"]), float(row["seconds"]), float(row["calling"]))
            for key, row in rows.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
