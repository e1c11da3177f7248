"""The directory of a model: checked file by file, then built; nothing in it is executed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import torch
from torch import Tensor

from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import FrozenModel
from mmgan_core.errors import IntegrityError, PluginMissing, RecipeError
from mmgan_core.foundation.files import file_hash
from mmgan_core.foundation.kept_files import KeptFiles, kept_name
from mmgan_core.inference.frozen import loaded_once
from mmgan_core.inference.model import Model
from mmgan_core.inference.prior import Prior
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.plugins.manager import plugins
from mmgan_core.recipe.reading import check, read_yaml
from mmgan_core.zoo.budget import Cost, refuse_over_budget
from mmgan_core.zoo.costs import Known, cost_of_loading, cost_of_modalities, cost_of_model
from mmgan_core.zoo.manifest import (
    CARD,
    DEEPEST,
    DIRECTIONS,
    DISCRIMINATOR,
    KEPT,
    MANIFEST,
    PARTS,
    PRIOR,
    PROOF,
    RECIPE,
    WEIGHTS,
    Manifest,
    read_manifest,
)
from mmgan_core.zoo.metering import Meter
from mmgan_core.zoo.plain_markdown import what_is_not_plain
from mmgan_core.zoo.planning import planned
from mmgan_core.zoo.sample_files import FOLDER, refuse_active_sample
from mmgan_core.zoo.weights import (
    Shape,
    read_header,
    read_weights,
    refuse_other_shapes,
    shapes_of,
)

_LARGEST_CARD = 150_000
_AGAIN = "pull it again, or make it again: mmgan-zoo export RUN"


@dataclass(frozen=True)
class ModelDirectory:
    """A model on disk; all its files have their recorded hashes.

    Attributes:
        path: the directory.
        manifest: what `model.json` says.
        models: the directories of the frozen models that it carries, by name.
    """

    path: Path
    manifest: Manifest
    models: Mapping[str, ModelDirectory] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path, depth: int = 0, *, listed: str = "") -> ModelDirectory:
        """Read the manifest of a directory, and compare every file with it.

        The frozen models that it carries are opened in the same way.

        Args:
            path: the directory.
            depth: in how many models it lies.
            listed: the hash of the manifest by an index of installed packages. Cards and samples
                with their recorded hashes are then those that its author listed.

        Raises:
            IntegrityError: if a file is missing or differs from its record, or a card or a sample
                has active content.
        """
        path = path.resolve()
        if depth > DEEPEST:
            raise IntegrityError(f"{path}: more than {DEEPEST} models lie in one another")
        known = bool(listed) and file_hash(path / MANIFEST) == listed
        manifest = read_manifest(path)
        for name, recorded in manifest.files.items():
            file = path / name
            if not file.is_file():
                raise IntegrityError(f"{path} lacks {name}", hint=_AGAIN)
            if file.stat().st_size != recorded.bytes or file_hash(file) != recorded.sha256:
                raise IntegrityError(
                    f"{file} does not match its size and hash in model.json", hint=_AGAIN
                )
        if not known:
            refuse_active(path / CARD)
            for name in manifest.samples:
                refuse_active_sample(path / FOLDER / name)
        models = {}
        for name in manifest.models:
            inner = path / PARTS / name
            if inner.resolve() != inner:
                raise IntegrityError(f"{inner} is a link: a model carries its parts itself")
            inside = manifest.files[f"{PARTS}{name}/{MANIFEST}"].sha256 if known else ""
            models[name] = cls.open(inner, depth + 1, listed=inside)
        return cls(path, manifest, models)

    def blueprint(self) -> Blueprint:
        """Read the recipe, and choose its parts from the installed components.

        Raises:
            PluginMissing: if a plugin is not installed; the hint is the command that installs it.
            IntegrityError: if the recipe cannot be read or assembled, or names other frozen models
                or files than those that the directory carries.
        """
        file = self.path / RECIPE
        try:
            raw, nodes = read_yaml(file)
            recipe = check(raw, str(file), nodes)
            blueprint = make_blueprint(
                recipe, catalogue(), open_model=self._carried, open_file=KeptFiles(self.path).open
            )
        except RecipeError as error:
            raise IntegrityError(
                f"{file}: {error.message}", hint=self._not_here() or error.hint
            ) from error
        used = {model.address for model in blueprint.models().values()}
        for name, directory in self.models.items():
            if directory.address not in used:
                raise IntegrityError(f"{directory.path}: the recipe names no model {name!r}")
        kept = {kept_name(content) for content in blueprint.files().values()}
        if kept != {f"sha256:{name}" for name in self.manifest.kept}:
            raise IntegrityError(
                f"{file} names other files than those in {self.path / KEPT}", hint=_AGAIN
            )
        return blueprint

    @property
    def address(self) -> str:
        """The directory, as ``load`` takes it."""
        return f"dir:{self.path}"

    def frozen(self) -> FrozenModel:
        """Load the model as a part of another one, once in a process."""
        digest = file_hash(self.path / MANIFEST)
        return loaded_once(digest, self.address, lambda: self.model(device=torch.device("cpu")))

    def _carried(self, address: str) -> FrozenModel:
        """Load a frozen model that the recipe names: it lies in this directory and nowhere else."""
        prefix, _, name = address.partition(":")
        if prefix != "part" or name not in self.models:
            raise IntegrityError(
                f"{self.path / RECIPE} names the model {address[:200]!r}, which it does not carry",
                hint="a published model names part:NAME, which lies in its directory parts/NAME; "
                "export it again from its run",
            )
        return self.models[name].frozen()

    def _not_here(self) -> str:
        """Return a hint that names what the model needs and is missing here."""
        own = self.manifest.local_components
        if own:
            return (
                f"it needs {', '.join(own)}, which no package brings: define and register(...) "
                "them, or name their file, --plugin FILE"
            )
        there = {plugin.distribution for plugin in plugins().ok}
        missing = [f"{n} {v}" for n, v in self.manifest.plugins.items() if n not in there]
        needs = f"it was made with {', '.join(missing)}, which this environment lacks"
        return f"{needs}: install it if you trust it" if missing else ""

    def gan(self, blueprint: Blueprint, *, discriminators: bool = False) -> GAN:
        """Build the GAN and load its weights.

        Args:
            blueprint: the parts of the GAN.
            discriminators: also load the discriminators, if the model has them.

        Raises:
            IntegrityError: if the weights do not fit the recipe in name and shape.
        """
        gan, tensors = self._fitted(blueprint, discriminators)
        wanted = gan.state_dict()
        if not _is_all_of(gan, tensors):
            gan = blueprint.build(discriminators=len(gan.discriminators) > 0)
            gan.load_state_dict(tensors)
            return gan
        # The files hold every weight, so none has to be initialised. Tensors are copied, because
        # those that were read are mapped to the file, which others may change.
        cast = {n: tensor.to(wanted[n].dtype, copy=True) for n, tensor in tensors.items()}
        gan.load_state_dict(cast, assign=True)
        return gan

    def _fitted(
        self, blueprint: Blueprint, discriminators: bool, *, used: bool = True
    ) -> tuple[GAN, dict[str, Tensor]]:
        """Return the network on the meta device, and the tensors that fit it.

        What it takes is held to the budget: loading it and, if it is ``used``, making a sample.
        """
        with_discriminators = discriminators and DISCRIMINATOR in self.manifest.files
        files = [WEIGHTS, DISCRIMINATOR] if with_discriminators else [WEIGHTS]
        headers = [read_header(self.path / name) for name in files]
        known = Known(file_hash(self.path / MANIFEST), " ".join(files))
        what = f"{self.path}: loading it and making one sample"
        refuse_over_budget(known.cost or cost_of_modalities(blueprint.modalities), what)
        meter = None if known.cost else Meter(what)
        where = str(self.path / RECIPE)
        with meter or nullcontext():
            gan = _planned(blueprint, with_discriminators, headers, where)
        wanted = gan.state_dict()
        for name, header in zip(files, headers, strict=True):
            here = {
                k: v
                for k, v in wanted.items()
                if k.startswith(gan.unread) == (name == DISCRIMINATOR)
            }
            refuse_other_shapes(header, shapes_of(here), str(self.path / name))
        if meter and used:
            recorded = partial(read_weights, self.path / PROOF)
            # What is scheduled is read as in a trained model.
            blueprint.clock.set(self.manifest.cost.samples)
            own = cost_of_model(gan, meter.cost, recorded, what)
            known.remember(sum((part.cost for part in self.models.values()), start=own))
        refuse_over_budget(
            known.cost or cost_of_loading(gan, meter.cost if meter else Cost()), what
        )
        tensors: dict[str, Tensor] = {}
        for name in files:
            tensors |= read_weights(self.path / name)
            _refuse_overflow(tensors, wanted, self.path / name)
        return gan, tensors

    @property
    def cost(self) -> Cost:
        """What loading the model and making one sample takes, once it was loaded."""
        return Known(file_hash(self.path / MANIFEST), WEIGHTS).cost or Cost()

    def check(self) -> str:
        """Check everything that using the model would read.

        Returns:
            A message that names the missing plugin and how to install it; empty if none is missing.

        Raises:
            IntegrityError: if a weight or the recipe is not sound.
        """
        missing, networks = "", {WEIGHTS, DISCRIMINATOR}
        try:
            blueprint = self.blueprint()
            gan, _ = self._fitted(blueprint, discriminators=True, used=False)
            self.prior(blueprint, gan)
        except PluginMissing as error:
            missing, networks = str(error), set()
        for name in self.manifest.files:
            if name.endswith(".safetensors") and name not in networks:
                read_weights(self.path / name)
        return missing

    def model(self, *, device: torch.device) -> Model:
        """Build the model, ready to generate samples."""
        blueprint = self.blueprint()
        gan, samples = self.gan(blueprint), self.manifest.cost.samples
        prior = self.prior(blueprint, gan)
        draws = (lambda: prior) if prior else None
        model = Model(blueprint, gan, device=device, samples=samples, prior=draws)
        model.at_once = self.cost.times_within_budget
        if DISCRIMINATOR in self.manifest.files:
            model.critics = cache(partial(self.gan, blueprint, discriminators=True))
        if DIRECTIONS in self.manifest.files:
            model.directions = self.path / DIRECTIONS
        return model

    def prior(self, blueprint: Blueprint, gan: GAN) -> Prior | None:
        """Read the prior over the encodings of a GAN; None for a model without one.

        Raises:
            IntegrityError: if there is one and the recipe names none, or the other way round; or if
                it is not sound.
        """
        there = PRIOR in self.manifest.files
        if there != (blueprint.recipe.prior is not None):
            fault = "holds a prior that its recipe does not name"
            fault = fault if there else "lacks the prior that its recipe names"
            raise IntegrityError(f"{self.path} {fault}", hint=_AGAIN)
        if not there:
            return None
        file = self.path / PRIOR
        return Prior.of(read_weights(file), gan.dims, str(file))


def refuse_active(card: Path) -> None:
    """Refuse a card that is more than plain Markdown, which a browser might run.

    Raises:
        IntegrityError: names what was found.
    """
    if card.stat().st_size > _LARGEST_CARD:
        raise IntegrityError(f"{card} is larger than {_LARGEST_CARD:,} bytes: it is refused")
    try:
        found = what_is_not_plain(card.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        found = "bytes that are no UTF-8"
    if found:
        raise IntegrityError(
            f"{card} may hold active content, {found}: a card is plain text and pictures",
            hint="tell its author; cards that mmgan-zoo writes are plain Markdown",
        )


def _refuse_overflow(
    tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor], file: Path
) -> None:
    """Refuse numbers that a network of the recipe cannot hold: they would become infinite."""
    for name, tensor in tensors.items():
        kind = wanted[name].dtype
        if not tensor.is_floating_point() or not kind.is_floating_point or not tensor.numel():
            continue
        largest = torch.finfo(kind).max
        if torch.finfo(tensor.dtype).max > largest and float(tensor.abs().max()) > largest:
            raise IntegrityError(
                f"{file}: {name[:120]!r} holds numbers over {largest:.3g}, which its network "
                "cannot hold",
                hint=_AGAIN,
            )


def _planned(
    blueprint: Blueprint,
    with_discriminators: bool,
    headers: Sequence[Mapping[str, Shape]],
    where: str,
) -> GAN:
    """Build the network of the recipe on the meta device, where its weights take no memory."""
    sizes = [math.prod(shape) for header in headers for shape in header.values()]
    # A little more is allowed, so that an error can name a weight that is missing.
    count, numbers = len(sizes) + 16, 2 * sum(sizes) + 1_000_000
    try:
        with planned(count, numbers, where):
            return blueprint.build(discriminators=with_discriminators)
    except RecipeError as error:
        raise IntegrityError(f"{where}: {error.message}", hint=error.hint) from error
    except (ArithmeticError, MemoryError, RuntimeError, TypeError, ValueError) as error:
        raise IntegrityError(
            f"{where} describes a network that cannot be built: {str(error)[:200]}"
        ) from error


def _is_all_of(gan: GAN, tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are all the tensors of a GAN, so that building it computes no others."""
    held = {name for name, _ in (*gan.named_parameters(), *gan.named_buffers())}
    loose = any(
        isinstance(value, Tensor) for module in gan.modules() for value in vars(module).values()
    )
    return held <= tensors.keys() and not loose
