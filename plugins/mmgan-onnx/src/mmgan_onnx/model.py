"""An exported model: turns given values into samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from mmgan_onnx.description import Plain, read_description, refuse_other_hashes
from mmgan_onnx.directions import moved_along
from mmgan_onnx.errors import OnnxError, nearest
from mmgan_onnx.kinds import reading, showing
from mmgan_onnx.samples import Samples
from mmgan_onnx.torch_random import TorchRandom, derived_seed
from mmgan_onnx.unread import warn_of_unread

Array = np.ndarray[Any, np.dtype[Any]]
_AT_ONCE = 64
_FARTHEST = 2.0


def load_onnx(folder: str | Path, *, int8: bool = False, threads: int = 0) -> OnnxModel:
    """Load a model that ``mmgan-zoo export NAME --format onnx`` wrote.

    Args:
        folder: the folder.
        int8: whether to use its graph of 8-bit numbers.
        threads: how many threads compute; 0: as many as onnxruntime chooses.

    Raises:
        OnnxError: if the folder holds no such model, or one that cannot be used.

    Example:
        >>> load_onnx("digits-28-onnx").generate(text="three").image      # doctest: +SKIP
    """
    return OnnxModel(Path(folder), int8=int8, threads=threads)


class OnnxModel:
    """A trained model as a graph, which makes samples on the CPU.

    Attributes:
        name: the model's name.
        folder: where it is.
        said: its description.
        given: the given entries; ``generate`` takes any subset of them.
        made: the made entries.
    """

    def __init__(self, folder: Path, *, int8: bool = False, threads: int = 0) -> None:
        self.folder, self.said = folder, read_description(folder)
        self.name = str(self.said["name"])
        self.given, self.made = list(self.said["given"]), list(self.said["made"])
        graph = self.said["int8"] if int8 else self.said["graph"]
        if graph is None:
            raise OnnxError(
                f"{folder} has no graph of 8-bit numbers",
                hint="export the model with --int8; it is left out where samples would change",
            )
        self._graph, self._threads = folder / graph, threads

    def __repr__(self) -> str:
        given = ", ".join(self.given) or "nothing"
        return f"<OnnxModel {self.name}: {given} -> {', '.join(self.made)}>"

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        # Threads that wait for work without sleeping double the time of these small networks.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return onnxruntime.InferenceSession(
                str(self._graph), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # of a library that has no base of its errors
            raise OnnxError(
                f"{self._graph} cannot be read: {str(error)[:200]}", hint="export the model again"
            ) from error

    def generate(
        self,
        *,
        count: int | None = None,
        seed: int | Sequence[int] = 0,
        truncation: float = 1.0,
        directions: Mapping[str, float] | None = None,
        **given: object,
    ) -> Samples:
        """Make samples; the same seed makes the same samples as mmgan-zoo, up to rounding.

        Args:
            count: how many samples; default: one for each given value or seed. A single value is
                used for all samples; several take turns.
            seed: decides the noise, and draws entries that are not given if the model can. Or a
                list: the first sample of each seed.
            truncation: the factor of the noise, from 0 to 2.
            directions: how far samples are moved, by the name of a direction that was kept with the
                model: in standard deviations of the noise, or to a value as a share of the way.
                Several that lead to values are followed in the order of the description.
            given: one value or a list of values for each given entry.

        Raises:
            OnnxError: for an entry or a direction that the model does not know, or a value that
                cannot be read.
        """
        self._refuse_unknown(given)
        values, count = _broadcast(given, count, seed)
        fed = self._noise(seed, count, truncation) | self._read(values, count)
        fed |= self._unrepaired(count)
        return self._made(moved_along(fed, self.said, directions or {}), count)

    def repair(
        self,
        *,
        mask: object,
        count: int | None = None,
        seed: int | Sequence[int] = 0,
        truncation: float = 1.0,
        **values: object,
    ) -> Samples:
        """Fill in the masked part of a picture; the known part stays as it is.

        Args:
            mask: a picture of the same size, white where something is missing; or a list.
            count, seed, truncation: as in ``generate``.
            values: the picture to repair, under the name of its made entry; and given values.

        Raises:
            OnnxError: as ``generate``; also if the model repairs nothing.
        """
        names = ", ".join(self.said["repair"])
        if not names:
            raise OnnxError(
                f"{self.name} cannot repair samples",
                hint="use a model that can, such as digits-repair",
            )
        able = [name for name in values if name in self.said["repair"]]
        if len(able) != 1:
            raise OnnxError(f"give exactly one value to repair; {self.name} repairs {names}")
        entry = able[0]
        self._refuse_unknown(set(values) - {entry})
        lists, count = _broadcast({**values, "mask": mask}, count, seed)
        broken, masks = lists.pop(entry), lists.pop("mask")
        said = self.said["repair"][entry]
        if said["kind"] != "picture":
            raise OnnxError(f"{said['kind']} is repaired by mmgan-zoo alone")
        from mmgan_onnx.pictures import read_masks

        fed = self._noise(seed, count, truncation) | self._read(lists, count)
        fed |= self._unrepaired(count)
        read = self._values(entry, reading(self.folder, self.said, said), broken)
        fed |= {f"repair.{entry}.{name}": rows for name, rows in read.items()}
        hidden = partial(read_masks, broken=broken, shape=said["mask"], settings=said["settings"])
        fed[f"repair.{entry}.mask"] = _of_entry(entry, hidden, masks)
        if "prior.draw" in fed:  # what is drawn could contradict what is known
            fed["prior.draw"] = np.array(False)
        return self._made(fed, count)

    def verify(self) -> float:
        """Check all hashes, make the recorded samples again, and return how far they are apart.

        Raises:
            OnnxError: if a file or a sample differs.
        """
        refuse_other_hashes(self.folder, self.said)
        small = self._graph.name == self.said["int8"]
        worst, total, numbers = 0.0, 0.0, 0
        for fed, made in _recorded(self.folder / "parity.npz"):
            for found, wanted in zip(self.run(fed), made, strict=True):
                apart = np.abs(found.astype(np.float64) - wanted.astype(np.float64))
                worst = max(worst, float(np.nan_to_num(apart, nan=np.inf).max(initial=0.0)))
                total, numbers = total + float(apart.sum()), numbers + apart.size
        bound = self.said["parity"]["tolerance"]
        if not small and not worst <= bound:
            raise OnnxError(
                f"{self.folder} does not make what torch made: they differ by {worst:.2g}, and the "
                f"tolerance is {bound:g}",
                hint="export the model again",
            )
        return total / max(1, numbers) if small else worst

    def run(self, fed: Mapping[str, Array]) -> list[Array]:
        """Run the graph: inputs by name, as `onnx.json` says, to outputs in their order."""
        names = {one.name for one in self._session.get_inputs()}
        found = self._session.run(None, {n: rows for n, rows in fed.items() if n in names})
        return list(found)

    def _made(self, fed: Mapping[str, Array], count: int) -> Samples:
        shows = {name: showing(entry) for name, entry in self.said["made"].items()}
        samples = Samples({name: [] for name in self.made})
        for start in range(0, count, _AT_ONCE):
            rows = slice(start, min(start + _AT_ONCE, count))
            part = {name: array[rows] if array.ndim else array for name, array in fed.items()}
            for name, made in zip(self.made, self.run(part), strict=True):
                samples[name] += shows[name](made)
        return samples

    def _read(self, values: Mapping[str, Sequence[object]], count: int) -> dict[str, Array]:
        """What is fed of given entries; zeros of those that are absent."""
        fed: dict[str, Array] = {}
        for name, entry in self.said["given"].items():
            fed[f"given.{name}.present"] = np.array(name in values)
            if name in values:
                read = self._values(name, reading(self.folder, self.said, entry), values[name])
                distinct = list({id(value): value for value in values[name]}.values())
                warn_of_unread(name, distinct, self.folder, self.said, entry)
                fed |= {f"given.{name}.{key}": rows for key, rows in read.items()}
        for name, said in self.said["inputs"].items():
            if name.startswith(("given.", "push.")) and name not in fed:
                fed[name] = _zeros(said, count)
        return fed

    def _values(self, entry: str, read: Any, values: Sequence[object]) -> dict[str, Array]:
        # One value is often given for many samples.
        distinct = {id(value): value for value in values}
        place = {key: number for number, key in enumerate(distinct)}
        found: dict[str, Array] = _of_entry(entry, read, list(distinct.values()))
        order = [place[id(value)] for value in values]
        return {name: rows[order] for name, rows in found.items()}

    def _unrepaired(self, count: int) -> dict[str, Array]:
        fed = {}
        for name, said in self.said["inputs"].items():
            if name.startswith("repair."):
                fed[name] = _zeros(said, count) + (1 if name.endswith(".mask") else 0)
                fed[name] = fed[name].astype(said["dtype"])
        return fed

    def _noise(self, seed: int | Sequence[int], count: int, truncation: float) -> dict[str, Array]:
        if not 0 <= truncation <= _FARTHEST:
            raise OnnxError(f"truncation must be from 0 to 2, not {truncation:g}")
        rows = [(seed, row) if isinstance(seed, int) else (seed[row], 0) for row in range(count)]
        inputs, fed = self.said["inputs"], {}
        for name, said in self.said["noise"].items():
            dim = inputs[name]["shape"][1]
            seeds = [derived_seed(own, said["number"], row) for own, row in rows]
            noise = np.stack([TorchRandom(one).normal(dim) for one in seeds])
            fed[name] = (np.float32(truncation) * noise).astype(np.float32)
        if "prior.draw" in inputs:
            draws = [TorchRandom(derived_seed(own, "prior", row)) for own, row in rows]
            fed["prior.place"] = np.array([one.uniform() for one in draws], np.float32)
            dim = inputs["prior.normal"]["shape"][1]
            normal = [one.normal(dim, np.float64) for one in draws]
            fed["prior.normal"] = np.stack(normal).astype(np.float32)
            fed["prior.draw"] = np.array(True)
        return fed

    def _refuse_unknown(self, given: Mapping[str, object] | set[str]) -> None:
        for name in given:
            if name not in self.given:
                takes = f"it takes {', '.join(self.given)}; {nearest(name, self.given)}"
                raise OnnxError(
                    f"{self.name} cannot be given {name!r}",
                    hint=takes if self.given else "it takes no given values",
                )


def _of_entry(entry: str, read: Any, values: Sequence[object]) -> Any:
    """What is read of the values of an entry, whose name an error then says."""
    try:
        return read(values)
    except OnnxError as error:
        raise OnnxError(f"{entry}: {error.message}", hint=error.hint) from error


def _zeros(said: Plain, count: int) -> Array:
    sizes = [n if isinstance(n, int) else said.get("least", 1) for n in said["shape"][1:]]
    return np.zeros((count, *sizes), said["dtype"])


def _broadcast(
    given: Mapping[str, object], count: int | None, seed: int | Sequence[int]
) -> tuple[dict[str, list[object]], int]:
    lists = {n: list(v) if isinstance(v, list) else [v] for n, v in given.items()}
    for name, values in lists.items():
        if not values:
            raise OnnxError(f"{name}: an empty list was given", hint="leave it out")
    lengths = {len(values) for values in lists.values()} - {1}
    if len(lengths) > 1:
        raise OnnxError(f"lists of different lengths were given: {sorted(lengths)}")
    several = 1 if isinstance(seed, int) else len(seed)
    least = max([1, *lengths])
    wanted = max(least, several) if count is None else count
    if wanted < least:
        raise OnnxError(
            f"{wanted} samples are fewer than the {least} values given"
            if lengths
            else f"count must be at least 1, not {wanted}",
            hint="count is the number of all samples; without it, there is one of each value",
        )
    if not isinstance(seed, int) and several != wanted:
        raise OnnxError(
            f"the list of seeds has {several}, where there are {wanted} samples",
            hint="give one seed, or one for each sample",
        )
    return {name: list(islice(cycle(values), wanted)) for name, values in lists.items()}, wanted


def _recorded(file: Path) -> Iterator[tuple[dict[str, Array], list[Array]]]:
    """The recorded batches: what they are fed, and what torch made of them."""
    with np.load(file, allow_pickle=False) as arrays:
        numbers = sorted({int(key.partition("/")[0]) for key in arrays.files})
        for number in numbers:
            start = f"{number}/fed/"
            fed = {k.removeprefix(start): arrays[k] for k in arrays.files if k.startswith(start)}
            count = sum(key.startswith(f"{number}/made/") for key in arrays.files)
            yield fed, [arrays[f"{number}/made/{at}"] for at in range(count)]
