"""A trained model: turns given values into samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import partial

import torch
from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.gan import GAN, each_once
from mmgan_core.assembly.windows import followed_entries
from mmgan_core.contracts import Condition, Masked
from mmgan_core.errors import BadValue, UsageError, nearest
from mmgan_core.foundation.seeds import Seed
from mmgan_core.inference.batches import MOST, made_in_batches
from mmgan_core.inference.broadcast import broadcast
from mmgan_core.inference.encoding_once import encoded_once
from mmgan_core.inference.explain import Explanations, explain
from mmgan_core.inference.interpolation import InterpolationPath
from mmgan_core.inference.inversion import Inversion, invert
from mmgan_core.inference.loaded import Loaded
from mmgan_core.inference.noise import chosen_noise, sampled_noise, shifted
from mmgan_core.inference.own_size import Alike, alike_rows
from mmgan_core.inference.prior import Prior
from mmgan_core.inference.pushes import conditions_of
from mmgan_core.inference.repair import with_masks, with_sampled_masks
from mmgan_core.inference.samples import Samples
from mmgan_core.inference.unread import say_unread

_MASK = "mask"


class Model(Loaded):
    """A trained GAN with averaged weights, which generates and repairs samples without any data.

    Attributes:
        blueprint: the parts that the GAN was built from.
        device: the device that it runs on.
        samples: how many samples it was trained on.
        prior: returns the prior that entries which are not given are drawn from; None if the model
            has no prior, and leaves them out.
        own_size: whether given values that are followed place by place keep their size, so that
            samples are as large as they demand; if False, they get the size of the training data.
            It matters only to models that were trained on windows.

    Example:
        >>> model = load("run:runs/digits")                             # doctest: +SKIP
        >>> model.generate(text=["three", "seven"], seed=0).image       # doctest: +SKIP
    """

    def __init__(
        self,
        blueprint: Blueprint,
        gan: GAN,
        *,
        device: torch.device,
        samples: int = 0,
        prior: Callable[[], Prior] | None = None,
    ) -> None:
        super().__init__(blueprint, gan, device=device, samples=samples)
        self.prior = prior
        self.own_size = True
        self._shapes: dict[str, tuple[int, ...]] = {}
        followed = followed_entries(blueprint, {n: gan.encoder(n) for n in gan.encoders})
        self._any_size = {name: gan.modalities[name] for name in followed}

    def sized(self, size: str | int) -> Model:
        """The same model, which makes samples of another size by ``generate`` and ``interpolate``.

        Args:
            size: how many numbers long samples are along each axis that may have any size, such as
                ``1250`` or ``"64x96"``, or as the modality reads it, such as ``"10s"`` of sounds.

        Raises:
            UsageError: if nothing that is made may have any size, or it has no such size.

        Example:
            >>> load("run:runs/songs").sized("10s").generate(count=2)         # doctest: +SKIP
        """
        able = [name for name in self.made if self.gan.generator(name).resizable]
        if not able:
            raise UsageError(
                f"{self.name} makes samples of one size",
                hint="leave out the size; docs/how-to/windows.md says which generators make any",
            )
        other = copy(self)
        other._shapes = {name: self._shape_of(name, str(size)) for name in able}
        return other

    def _shape_of(self, name: str, size: str) -> tuple[int, ...]:
        modality = self.gan.modalities[name]
        shape = list(modality.space.shape)
        try:
            for axis, number in zip(modality.free_axes, modality.sizes_of(size), strict=True):
                shape[axis] = number
            self.gan.generator(name).sized(tuple(shape))
        except BadValue as error:
            raise UsageError(f"{name}: {error}") from error
        if math.prod(shape) > MOST:
            raise UsageError(
                f"{name}: {size} are {math.prod(shape):,} numbers, and there may be {MOST:,}",
                hint="ask for less",
            )
        return tuple(shape)

    @torch.no_grad()
    def generate(
        self,
        *,
        count: int | None = None,
        seed: Seed = 0,
        batch: int = 64,
        truncation: float = 1.0,
        noise: Mapping[str, Tensor] | None = None,
        **given: object,
    ) -> Samples:
        """Make samples; the same seed gives the same samples.

        Args:
            count: how many samples in all; default: one for each given value or seed. A single
                value is used for all samples; several take turns.
            seed: decides the noise, and draws entries that are not given if the model has a prior;
                sample k does not depend on ``count``. Or a list: the first sample of each seed.
            batch: the largest number of samples made at once; large samples are made in smaller
                batches.
            truncation: the factor of the noise, from 0 to 2: below 1, samples are more usual and
                more alike (Brock et al. 2018, https://arxiv.org/abs/1809.11096); above 1, they
                differ more, and more of them fail.
            noise: noise for a made entry in place of the seed's, such as ``invert`` finds: (1, Z)
                for all samples, or (count, Z). Entries that share noise all get it.
            given: one value or a list of values for each given entry: strings, paths, PIL images,
                waveforms.

        Raises:
            UsageError: for an entry that the model does not know, a value that it cannot read, or
                lists of different lengths.
        """
        if batch < 1:
            raise UsageError(f"batch must be at least 1, not {batch}")
        values, count = self._broadcast(given, count, seed)
        condition = partial(self._condition_of_rows, values, seed)
        sampled = self._noise(seed, count, truncation)
        chosen = sampled | chosen_noise(self.gan, self.made, noise or {}, sampled, self.name)
        return self._make(condition, chosen, batch, alike=self._alike(values, count))

    @torch.no_grad()
    def repair(
        self,
        *,
        mask: object = None,
        mask_kind: str = "",
        masked: Masked | None = None,
        count: int | None = None,
        seed: Seed = 0,
        batch: int = 64,
        truncation: float = 1.0,
        **values: object,
    ) -> Samples:
        """Fill in the masked parts of a value; the known parts stay as they are.

        Entries that are not given are left out, and not drawn: they could contradict what is known.

        Args:
            mask: a mask or a list of masks, in the form that the modality has for them; for a
                picture, another picture of the same size, white where something is missing.
            mask_kind: instead of a mask, the kind of mask to sample, such as ``"centre"``; see
                ``Modality.mask_kinds``.
            masked: instead of both, the result of ``masked()`` for one value.
            count: how many samples; samples of the same value differ by their noise.
            seed: decides the noise, and where sampled masks lie.
            batch, truncation: as in ``generate``.
            values: the value or list of values to repair, under the name of its made entry; and
                given values, as in ``generate``.

        Raises:
            UsageError: as ``generate``; also if the model repairs nothing, or a mask does not fit
                its value.

        Example:
            >>> model.repair(image="torn.png", mask="hole.png", count=4)      # doctest: +SKIP
        """
        entry = self.repaired(values)
        self.refuse_unknown(set(values) - {entry})
        masks = {} if mask is None else {_MASK: mask}
        lists, count = broadcast({**values, **masks}, count, seed)
        broken, asked = lists.pop(entry), lists.pop(_MASK, [])
        say_unread(self.gan, lists)
        if masked is None:
            masked = self.masked(entry, broken, masks=asked, mask_kind=mask_kind, seed=seed)
        known = {entry: masked.repeated(count)}
        condition = partial(self._condition_of_rows, lists, None)
        noise = self._noise(seed, count, truncation)
        made = self._make(condition, noise, batch, known, self._alike(lists, count))
        made.keep_known(entry, broken, known[entry])
        return made

    def masked(
        self,
        entry: str,
        values: Sequence[object],
        *,
        masks: Sequence[object] = (),
        mask_kind: str = "",
        seed: Seed = 0,
    ) -> Masked:
        """Return the masked samples that ``repair`` starts from.

        Args:
            entry: the made entry to repair.
            values: the raw values to mask.
            masks: raw masks, one for each value; or
            mask_kind: the kind of mask to sample.
            seed: decides the sampled masks.

        Raises:
            UsageError: if a value cannot be read or a mask does not fit it.
        """
        modality = self.gan.modalities[entry]
        if bool(masks) == bool(mask_kind):
            raise UsageError("what is missing must be given either as a mask or as a mask_kind")
        try:
            if masks:
                return with_masks(modality, values, masks)
            return with_sampled_masks(modality, values, mask_kind, seed=seed)
        except BadValue as error:
            raise UsageError(f"{entry}: {error}") from error

    @torch.no_grad()
    def interpolate(
        self,
        *,
        steps: int,
        count: int | None = None,
        seed: Seed = 0,
        truncation: float = 1.0,
        **given: object,
    ) -> Samples:
        """Make the samples between each sample that ``generate`` makes and the next one.

        The noise moves along great circles, the condition along straight lines. With one given
        value only the noise changes; with several, the condition changes as well.

        Args:
            steps: how many steps lead from each sample to the next.
            count: how many samples the path goes through, at least 2; default: one for each given
                value, or 2.
            seed, truncation, given: as in ``generate``; the path goes through the same samples.

        Raises:
            UsageError: as ``generate``; also for fewer than 2 samples.
        """
        if steps < 1:
            raise UsageError(f"there must be at least 1 step, not {steps}")
        values, anchors = self._broadcast(given, count, seed)
        if count is None and anchors == 1:
            values, anchors = broadcast(given, 2, seed)
        if anchors < 2:
            raise UsageError("interpolation needs a count of at least 2 samples")
        way = InterpolationPath(anchors, steps)
        condition = each_once(self.conditions(values, anchors, seed=seed), way.condition)
        noise = self._noise(seed, anchors, truncation)

        def cut(rows: slice) -> dict[str, Condition]:
            numbers = torch.arange(rows.start, rows.stop, device=self.device)
            return each_once(condition, lambda whole: whole.take(numbers))

        return self._make(cut, {name: way.noise(rows) for name, rows in noise.items()}, 64)

    def invert(
        self,
        entry: str,
        value: object,
        /,
        *,
        steps: int = 300,
        starts: int = 8,
        seed: int = 0,
        **given: object,
    ) -> Inversion:
        """Find the noise from which a made entry comes nearest to a value.

        Args:
            entry: the made entry.
            value: the wanted value: a path, a PIL image, a waveform, a string.
            steps: how many steps the search takes.
            starts: how many noise vectors the search starts from.
            seed: decides these noise vectors, and draws the entries that are not given as for the
                first sample of ``generate``.
            given: one value for each given entry, as in ``generate``, but never of its own size.

        Raises:
            UsageError: for an entry that is not made, or a value that cannot be read.
        """
        if entry not in self.made:
            raise UsageError(f"{self.name} does not make {entry!r}", hint=nearest(entry, self.made))
        if steps < 0 or starts < 1:
            raise UsageError(
                f"the search needs at least 0 steps and 1 start, not {steps} and {starts}"
            )
        modality = self.gan.modalities[entry]
        try:
            prepared = modality.prepare([value])
        except BadValue as error:
            raise UsageError(f"{entry}: {error}") from error
        wanted = modality.to_sample(prepared.to(self.device))[0].float()
        values, _ = self._broadcast(given, 1, seed)
        with torch.no_grad():
            rows = slice(0, 1)
            condition = self._condition_of_rows(values, seed, rows, own_size=False)[entry]
        sampled = self._noise(seed, starts)[self.gan.noise_of(entry)].to(self.device)

        def make(noise: Tensor) -> Tensor:
            rows = torch.zeros(len(noise), dtype=torch.long, device=self.device)
            seen = self.gan.condition_for(entry, condition.take(rows), None)
            made: Tensor = self.gan.generator(entry)(noise, seen)
            return self.gan.cut(entry, made, seen).float()

        return invert(make, wanted, sampled, steps=steps)

    def explain(
        self,
        *,
        made: str = "",
        by: Sequence[str] = (),
        noises: int = 16,
        orders: int = 8,
        seed: int = 0,
        **given: object,
    ) -> Explanations:
        """Say what makes samples what they are: see ``mmgan_core.explain``, which does the same.

        Args:
            made, by, noises, orders, seed: as there.
            given: one value for each given entry, as in ``generate``.

        Example:
            >>> model.explain(caption="a red flag").each                    # doctest: +SKIP
        """
        return explain(self, given, made=made, by=by, noises=noises, orders=orders, seed=seed)

    @torch.no_grad()
    def generate_prepared(
        self, given: Mapping[str, Mapping[str, Tensor]], *, count: int, seed: int = 0
    ) -> Samples:
        """Make samples from given values that ``Encoder.prepare`` has prepared; draw no others.

        Args:
            given: the prepared tensors, (count, ...), of each given entry.
            count: how many samples.
            seed: decides the noise.
        """

        def condition(rows: slice) -> dict[str, Condition]:
            cut = {
                name: {key: tensor[rows].to(self.device) for key, tensor in tensors.items()}
                for name, tensors in given.items()
            }
            return conditions_of(self, self.gan.encode(cut), None, range(rows.start, rows.stop))

        return self._make(condition, self._noise(seed, count), 64)

    def _noise(self, seed: Seed, count: int, truncation: float = 1.0) -> dict[str, Tensor]:
        return shifted(sampled_noise(self.gan, self.made, seed, count, truncation), self.shift)

    def _make(
        self,
        condition: Callable[[slice], Mapping[str, Condition]],
        noise: Mapping[str, Tensor],
        batch: int,
        masked: Mapping[str, Masked] | None = None,
        alike: Sequence[Alike] = (),
    ) -> Samples:
        most, known = min(batch, self.at_once), masked or {}
        return made_in_batches(
            self.gan, condition, noise, most, self.device, known, alike, self._shapes
        )

    def _alike(self, given: Mapping[str, Sequence[object]], count: int) -> list[Alike]:
        """The rows by the sizes of their given values, where these keep their sizes."""
        return alike_rows(self._any_size if self.own_size else {}, given, count)

    def condition(
        self, given: Mapping[str, Sequence[object]], count: int, *, seed: Seed | None = None
    ) -> Condition:
        """Encode given values, ``count`` of each given entry, into one condition.

        It is that of the first made entry. ``seed`` draws the entries that are not given, if the
        model has a prior; None leaves them out.
        """
        return self.conditions(given, count, seed=seed)[self.made[0]]

    def conditions(
        self, given: Mapping[str, Sequence[object]], count: int, *, seed: Seed | None = None
    ) -> dict[str, Condition]:
        """As ``condition``, but that of each made entry, of what it is conditioned on."""
        if len(self._alike(given, count)) > 1:
            raise UsageError("the given values are of unlike sizes, which have no path in common")
        return self._condition_of_rows(given, seed, slice(0, count))

    def _condition_of_rows(
        self,
        given: Mapping[str, Sequence[object]],
        seed: Seed | None,
        rows: slice,
        *,
        own_size: bool = True,
    ) -> dict[str, Condition]:
        numbers = range(rows.start, rows.stop)
        sized = self._any_size if own_size and self.own_size else {}
        encodings = {
            name: encoded_once(self.gan, name, values[rows], self.device, sized=name in sized)
            for name, values in given.items()
        }
        return conditions_of(self, encodings, seed, numbers)

    def refuse_unknown(self, given: Iterable[str]) -> None:
        """Refuse names that are not given entries of the model.

        Raises:
            UsageError: lists the given entries.
        """
        for name in given:
            if name not in self.given:
                takes = f"it takes {', '.join(self.given)}; {nearest(name, self.given)}"
                raise UsageError(
                    f"{self.name} cannot be given {name!r}",
                    hint=takes if self.given else "it takes no given values",
                )

    def _broadcast(
        self, given: Mapping[str, object], count: int | None, seed: Seed = 0
    ) -> tuple[dict[str, list[object]], int]:
        self.refuse_unknown(given)
        values, count = broadcast(given, count, seed)
        sized = self._any_size if self.own_size else {}
        say_unread(self.gan, {name: row for name, row in values.items() if name not in sized})
        return values, count
