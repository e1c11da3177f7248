"""A trained model: give it values, get samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from mmgan_core.assemble import Blueprint
from mmgan_core.contracts import Condition, Modality
from mmgan_core.errors import BadValue, UsageError, nearest
from mmgan_core.gan import GAN
from mmgan_core.interpolation import Way
from mmgan_core.inversion import Inversion, invert
from mmgan_core.sheet import PAPER, sheet
from mmgan_core.training.randomness import noise_rows

if TYPE_CHECKING:
    from PIL.Image import Image


_AT_ONCE = 2**24


class Samples(Mapping[str, list[Any]]):
    """What was made, by made entry: ``samples.image`` is a list of PIL images.

    Attributes:
        tensors: the same as tensors, (N, *shape), by made entry.
    """

    def __init__(
        self,
        values: Mapping[str, list[Any]],
        tensors: Mapping[str, Tensor],
        modalities: Mapping[str, Modality],
    ) -> None:
        self._values, self._modalities = dict(values), dict(modalities)
        self.tensors = dict(tensors)

    def __getitem__(self, name: str) -> list[Any]:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> list[Any]:
        if name.startswith("_") or name not in self._values:
            raise AttributeError(f"no {name!r} was made: {nearest(name, self._values)}")
        return self._values[name]

    def save(self, folder: str | Path) -> list[Path]:
        """Write every sample as a file of its modality's usual kind."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        return [
            self._modalities[name].save(value, folder / f"{name}-{number:03d}")
            for name, values in self._values.items()
            for number, value in enumerate(values)
        ]

    def film(self, name: str, file: str | Path, *, seconds: float = 0.08) -> None:
        """Write pictures of one made entry, one after the other and back again, as a GIF.

        Args:
            name: of the made entry.
            file: ends in .gif.
            seconds: that each picture stays.
        """
        frames = [self._modalities[name].picture(v).convert("RGB") for v in self._values[name]]
        frames += frames[-2:0:-1]
        frames[0].save(file, save_all=True, append_images=frames[1:], loop=0,
                       duration=round(seconds * 1000))  # fmt: skip

    def sheet(self, columns: int = 8) -> Image:
        """All samples on one page."""
        pictures = [
            self._modalities[name].picture(value)
            for name, values in self._values.items()
            for value in values
        ]
        from PIL import Image as images

        rows = -(-len(pictures) // columns)
        width = min(columns, len(pictures))
        pictures += [images.new("RGB", (1, 1), PAPER)] * (rows * width - len(pictures))
        return sheet([pictures[start::width] for start in range(width)])


class Model:
    """A GAN with averaged weights, ready to use; needs no data.

    Attributes:
        blueprint: its parts.
        device: where it runs.
        samples: how many it was trained on.

    Example:
        >>> model = load("run:runs/digits")                             # doctest: +SKIP
        >>> model.generate(text=["three", "seven"], seed=0).image       # doctest: +SKIP
    """

    def __init__(
        self, blueprint: Blueprint, gan: GAN, *, device: torch.device, samples: int = 0
    ) -> None:
        self.blueprint, self.device, self.samples = blueprint, device, samples
        self.gan = gan.eval().requires_grad_(False).to(device)

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self.blueprint.recipe.name

    @property
    def given(self) -> list[str]:
        """What may be given; any subset."""
        return list(self.blueprint.given)

    @property
    def made(self) -> list[str]:
        """What is made."""
        return list(self.blueprint.make)

    def __repr__(self) -> str:
        weights = sum(p.numel() for p in self.gan.parameters())
        given = ", ".join(self.given) or "nothing"
        return f"<Model {self.name}: {given} -> {', '.join(self.made)}; {weights:,} weights>"

    @torch.no_grad()
    def generate(
        self, *, count: int | None = None, seed: int = 0, batch: int = 64, truncation: float = 1.0,
        noise: Mapping[str, Tensor] | None = None, **given: Any,
    ) -> Samples:  # fmt: skip
        """Make samples; the same seed gives the same samples.

        Args:
            count: how many; default: one for each value given, or 1. A single value is repeated.
            seed: decides the noise; sample k does not depend on ``count``.
            batch: samples made at once, at most; fewer of large ones.
            truncation: what the noise is multiplied by, from 0 to 1: less makes samples more
                usual and more alike (Brock et al. 2018, https://arxiv.org/abs/1809.11096).
            noise: by made entry, (1, Z) for all samples or (count, Z), in place of the seed's;
                such as ``invert`` finds.
            given: by given entry, one value or a list: strings, paths, PIL images, waveforms.

        Raises:
            UsageError: for an entry the model does not know, a value that it cannot read, or
                lists of different lengths.
        """
        if batch < 1:
            raise UsageError(f"batch must be at least 1, not {batch}")
        values, count = self._spread(given, count)

        def condition(rows: slice) -> Condition:
            shown = {name: found[rows] for name, found in values.items()}
            return self.condition(shown, rows.stop - rows.start)

        drawn = self._noise(seed, count, truncation)
        return self._make(condition, drawn | self._chosen(noise or {}, drawn), batch)

    @torch.no_grad()
    def interpolate(
        self, *, steps: int, count: int | None = None, seed: int = 0, truncation: float = 1.0,
        **given: Any,
    ) -> Samples:  # fmt: skip
        """The way from each sample that ``generate`` makes to the next, as samples.

        Noise goes along great circles, conditions straight: with one value given only the noise
        changes, with several the samples also change from one value to the next.

        Args:
            steps: samples from one to the next.
            count: samples to go through, at least 2; default: one for each value given, or 2.
            seed, truncation, given: as in ``generate``; the same samples are gone through.

        Raises:
            UsageError: as ``generate``, and for fewer than 2 samples.
        """
        if steps < 1:
            raise UsageError(f"there must be at least 1 step, not {steps}")
        values, anchors = self._spread(given, count)
        if count is None and anchors == 1:
            values, anchors = self._spread(given, 2)
        if anchors < 2:
            raise UsageError("one sample leads nowhere: count must be at least 2")
        way = Way(anchors, steps)
        condition = way.condition(self.condition(values, anchors))
        noise = self._noise(seed, anchors, truncation)

        def cut(rows: slice) -> Condition:
            return condition.take(torch.arange(rows.start, rows.stop, device=self.device))

        return self._make(cut, {name: way.noise(rows) for name, rows in noise.items()}, 64)

    def invert(
        self, entry: str, value: object, /, *, steps: int = 300, starts: int = 8, seed: int = 0,
        **given: Any,
    ) -> Inversion:  # fmt: skip
        """Find the noise from which a made entry comes nearest to a value.

        Args:
            entry: the made entry.
            value: what it should make: a path, a PIL image, a waveform, a string.
            steps: of the search.
            starts: how many noises it begins from.
            seed: decides these.
            given: one value a given entry, as in ``generate``.

        Raises:
            UsageError: for an entry that is not made, or a value that cannot be read.
        """
        if entry not in self.made:
            raise UsageError(f"{self.name} makes no {entry!r}", hint=nearest(entry, self.made))
        if steps < 0 or starts < 1:
            raise UsageError(f"{steps} steps from {starts} starts find nothing")
        modality = self.gan.modalities[entry]
        try:
            prepared = modality.prepare([value])
        except BadValue as error:
            raise UsageError(f"{entry}: {error}") from error
        wanted = modality.to_sample(prepared.to(self.device))[0].float()
        values, _ = self._spread(given, 1)
        with torch.no_grad():
            condition = self.condition(values, 1)
        drawn = self._noise(seed, starts)[entry].to(self.device)

        def make(noise: Tensor) -> Tensor:
            rows = torch.zeros(len(noise), dtype=torch.long, device=self.device)
            made: Tensor = self.gan.generator(entry)(noise, condition.take(rows))
            return made.float()

        return invert(make, wanted, drawn, steps=steps)

    @torch.no_grad()
    def generate_prepared(
        self, given: Mapping[str, Mapping[str, Tensor]], *, count: int, seed: int = 0
    ) -> Samples:
        """Make samples of what ``Encoder.prepare`` made of given values, ``count`` of each."""

        def condition(rows: slice) -> Condition:
            cut = {
                name: {key: tensor[rows].to(self.device) for key, tensor in tensors.items()}
                for name, tensors in given.items()
            }
            return self._condition(cut, rows.stop - rows.start)

        return self._make(condition, self._noise(seed, count), 64)

    def _noise(self, seed: int, count: int, truncation: float = 1.0) -> dict[str, Tensor]:
        if not 0 <= truncation <= 1:
            raise UsageError(f"truncation must be from 0 to 1, not {truncation:g}")
        return {
            name: truncation
            * noise_rows(seed, count, self.gan.generator(name).noise_dim, entry=number)
            for number, name in enumerate(self.made)
        }

    def _chosen(
        self, noise: Mapping[str, Tensor], drawn: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        chosen = {}
        for name, rows in noise.items():
            if name not in drawn:
                raise UsageError(f"{self.name} makes no {name!r}", hint=nearest(name, self.made))
            count, dim = drawn[name].shape
            if tuple(rows.shape) not in ((1, dim), (count, dim)):
                raise UsageError(f"noise of {name} must be (1, {dim}) or ({count}, {dim}), "
                                 f"not {tuple(rows.shape)}")  # fmt: skip
            chosen[name] = rows.cpu().float().expand(count, dim)
        return chosen

    def _make(
        self, condition: Callable[[slice], Condition], noise: Mapping[str, Tensor], batch: int
    ) -> Samples:
        count = len(next(iter(noise.values())))
        made: dict[str, list[Tensor]] = {name: [] for name in self.made}
        # Layers hold some channels for each number of a sample.
        batch = max(1, min(batch, _AT_ONCE // max(self._numbers())))
        for start in range(0, count, batch):
            rows = slice(start, min(start + batch, count))
            cut = {name: tensor[rows].to(self.device) for name, tensor in noise.items()}
            for name, sample in self.gan.make(cut, condition(rows)).items():
                made[name].append(sample.float().cpu())
        return self._present({name: torch.cat(parts) for name, parts in made.items()})

    def condition(self, given: Mapping[str, Sequence[object]], count: int) -> Condition:
        """The condition of given values, ``count`` of each entry."""
        prepared = {name: self._prepare(name, values) for name, values in given.items()}
        return self._condition(prepared, count)

    def _condition(self, prepared: Mapping[str, Mapping[str, Tensor]], count: int) -> Condition:
        like = torch.zeros(count, device=self.device)
        present = {name: torch.ones_like(like, dtype=torch.bool) for name in prepared}
        return self.gan.fuse(self.gan.encode(prepared), present, like=like)

    def _prepare(self, name: str, values: Sequence[object]) -> dict[str, Tensor]:
        try:
            prepared = self.gan.encoder(name).prepare(values)
        except BadValue as error:
            raise UsageError(f"{name}: {error}") from error
        return {key: tensor.to(self.device) for key, tensor in prepared.items()}

    def refuse_unknown(self, given: Iterable[str]) -> None:
        """Refuse names of entries that the model does not know.

        Raises:
            UsageError: names what it knows.
        """
        for name in given:
            if name not in self.given:
                knows = f"it knows {', '.join(self.given)}; " if self.given else "it takes none; "
                raise UsageError(
                    f"{self.name} cannot be given {name!r}",
                    hint=knows + nearest(name, self.given),
                )

    def _spread(self, given: Mapping[str, Any], count: int | None) -> tuple[dict[str, Any], int]:
        self.refuse_unknown(given)
        lists = {n: list(v) if isinstance(v, (list, tuple)) and not _is_one(v) else [v]
                 for n, v in given.items()}  # fmt: skip
        for name, values in lists.items():
            if not values:
                raise UsageError(f"{name}: an empty list was given", hint="leave it out")
        lengths = {len(v) for v in lists.values()} - {1}
        if len(lengths) > 1:
            raise UsageError(f"lists of different lengths were given: {sorted(lengths)}")
        wanted = count if count is not None else max([1, *lengths])
        if wanted < 1 or (lengths and wanted % max(lengths)):
            raise UsageError(
                f"count {wanted} is not a multiple of the {max([1, *lengths])} values given"
            )
        return {name: v * (wanted // len(v)) for name, v in lists.items()}, wanted

    def _numbers(self) -> list[int]:
        """How many numbers a sample of each made entry has."""
        return [math.prod(self.gan.modalities[name].space.shape) for name in self.made]

    def _present(self, tensors: dict[str, Tensor]) -> Samples:
        values = {}
        for name, tensor in tensors.items():
            modality = self.gan.modalities[name]
            tensors[name] = tensor.clamp(modality.space.low, modality.space.high)
            values[name] = modality.present(tensors[name])
        made = {name: self.gan.modalities[name] for name in tensors}
        return Samples(values, tensors, made)


def _is_one(value: Sequence[object]) -> bool:
    """Whether a tuple is a single value, (samples, rate), and not two of them."""
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    samples, rate = value
    return isinstance(rate, Integral) and hasattr(samples, "__len__") and type(samples) is not str
