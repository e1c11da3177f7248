"""Export: writes the model of a run, which holds what using it needs and nothing else."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

import torch

from mmgan_core.data.feed import Feed, open_splits
from mmgan_core.errors import MmganError, UsageError
from mmgan_core.evaluation.evaluate import network_seconds
from mmgan_core.explaining.direction_file import Found, directions_of
from mmgan_core.foundation.files import atomically, writing
from mmgan_core.foundation.kept_files import KeptFiles
from mmgan_core.foundation.plain import Plain
from mmgan_core.foundation.progress import note_once
from mmgan_core.inference.model import Model
from mmgan_core.inference.unread import of_rows
from mmgan_core.publishing.carrying import carry, named_inside, pin_inside, with_copies
from mmgan_core.publishing.described import (
    described_count,
    described_licences,
    described_makes,
    described_parts,
)
from mmgan_core.publishing.machine import (
    address_to_publish,
    recipe_to_publish,
    without_places,
)
from mmgan_core.publishing.naming import name_of_model, refuse_other_address
from mmgan_core.publishing.proof import gather
from mmgan_core.publishing.rounding import round_directory, round_weights, rounded
from mmgan_core.publishing.usage import example_of
from mmgan_core.publishing.written import recorded_files, save_tensors, write_manifest
from mmgan_core.recipe.reading import dump
from mmgan_core.runs.checkpoint import checkpoints, discriminators_of
from mmgan_core.runs.run_directory import read_lock, training_seconds
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.loading import load_run
from mmgan_core.zoo.manifest import (
    DIRECTIONS,
    DISCRIMINATOR,
    PRIOR,
    PROOF,
    RECIPE,
    WEIGHTS,
    Cost,
    Manifest,
    Proof,
    Takes,
)
from mmgan_core.zoo.sample_files import checked_ending

SHOWN = 4
T = TypeVar("T")


def export(
    run: Path,
    to: Path,
    *,
    name: str = "",
    address: str = "",
    half: bool = False,
    discriminator: bool = False,
    training: bool = False,
) -> ModelDirectory:
    """Write the model of a run's newest checkpoint; it appears under its name when complete.

    Args:
        run: the directory of the run.
        to: the directory to write the model to; it must not exist yet.
        name: the name of the model; default: the recipe's name, or that of the run's directory
            if the recipe has none.
        address: the address in the card that people load the model by; default: ``dir:NAME``.
        half: round the weights to half precision, also those of the frozen models that it carries:
            half the size, and nearly the same samples.
        discriminator: also write the discriminators, from which others can continue training.
        training: also write the newest checkpoint, from which training resumes exactly.

    Raises:
        UsageError: if ``to`` exists already, a model cannot be called so, or the address is that of
            a model of another name.
        DataError: if the data, from which samples are made once more, cannot be opened.
    """
    if to.exists():
        raise UsageError(f"{to} exists already", hint="choose another directory, or remove it")
    model = load_run(run, device=torch.device("cpu"))
    model.own_size = False
    name = name_of_model(name, model.name, run)
    refuse_other_address(address, name)
    if half:
        round_weights(model)
    test, train = open_splits(model.blueprint, model.gan)
    # From here on the recipe is the published one: it names no place of this machine.
    published = recipe_to_publish(model.blueprint.recipe, note_once)
    model.blueprint = replace(model.blueprint, recipe=published)
    address = address_to_publish(address)
    with writing(to, "the model"), atomically(to) as beside:
        _write(run, beside, model, test, train, name, address, half, discriminator, training)
        ModelDirectory.open(beside)
    return ModelDirectory.open(to)


def _write(
    run: Path,
    to: Path,
    model: Model,
    test: Feed,
    train: Feed,
    name: str,
    address: str,
    half: bool,
    discriminator: bool,
    training: bool,
) -> None:
    (to / "samples").mkdir(parents=True)
    blueprint = model.blueprint
    names = carry(
        blueprint.models(),
        to,
        lambda run, to, name: export(run, to, name=name, half=half),
        round_directory if half else None,
    )
    KeptFiles(to).write(blueprint.files().values())
    resolved = named_inside(blueprint.resolved(), names)
    pin_inside(resolved, blueprint)
    # What is recorded is made by what is carried, which may be rounded.
    model = with_copies(model, resolved, to)
    weights = {k: rounded(v) if half else v for k, v in model.gan.maker_state().items()}
    save_tensors(weights, to / WEIGHTS)
    newest = checkpoints(run)[-1]
    if discriminator:
        save_tensors(discriminators_of(newest), to / DISCRIMINATOR)
    if training:
        shutil.copytree(newest, to / "training")
    if model.prior:
        save_tensors(model.prior().tensors(), to / PRIOR)
    kept: Sequence[Found] = ()
    if model.directions is not None:
        kept = list(directions_of(model, model.directions)[1].values())
        shutil.copyfile(model.directions, to / DIRECTIONS)
    evidence = gather(model, test, train, network_seconds(run, blueprint.recipe))
    save_tensors(evidence.tensors, to / PROOF)
    (to / RECIPE).write_text(dump(resolved), encoding="utf-8")
    samples = _samples(run, model, test, to / "samples")
    count = described_count(weights)
    manifest = _manifest(
        run, to, model, test, evidence.proof, resolved, name=name, half=half, weights=count
    )
    _note_local(manifest)
    write_manifest(to, manifest, blueprint, samples, address or f"dir:{manifest.name}", kept)


def _manifest(
    run: Path,
    to: Path,
    model: Model,
    test: Feed,
    proof: Proof,
    resolved: Plain,
    *,
    name: str,
    half: bool,
    weights: int,
) -> Manifest:
    """The manifest of what lies in ``to``; the card and what the Hub reads are written after it.

    Args:
        resolved: the recipe as it is published.
    """
    recipe = model.blueprint.recipe
    lock = cast(Plain, without_places(read_lock(run), note_once, "made_with"))
    return Manifest(
        name=name,
        summary=recipe.summary,
        given={
            n: Takes(
                modality=resolved["given"][n]["modality"],
                encoder=resolved["given"][n]["encoder"],
                example=example_of(test.raw(n, test.rows(0, 1))[0]),
            )
            for n in model.given
        },
        made=described_makes(model, resolved),
        half=half,
        parts=described_parts(model.blueprint, to),
        files=recorded_files(to),
        proof=proof,
        metrics=_measured(run, model.samples),
        licences=described_licences(recipe),
        limits=recipe.about.limits,
        cost=Cost(
            samples=model.samples,
            seconds=training_seconds(run),
            device=str(lock.get("device", "")),
            weights=weights,
        ),
        made_with=lock,
        seed=recipe.seed,
    )


def _measured(run: Path, samples: int) -> list[Plain]:
    """The numbers of a run that were measured with the weights that are exported."""
    rows: list[Plain] = _json(run / "evaluation.json", [])
    kept = [row for row in rows if row["samples"] == samples and math.isfinite(row["value"])]
    if len(kept) < len(rows):
        note_once(
            f"{len(rows) - len(kept)} numbers in {run / 'evaluation.json'} are not published: they "
            f"are not of the weights after {samples:,} samples, or not finite; measure again: "
            f"mmgan-zoo evaluate {run}"
        )
    return kept


def _note_local(manifest: Manifest) -> None:
    if manifest.local_components:
        note_once(
            f"{manifest.name} needs {', '.join(manifest.local_components)}, which no package "
            "brings: it can be loaded only where they are registered. To share it, make a plugin "
            "of them: mmgan-zoo plugins new"
        )


def _samples(run: Path, model: Model, test: Feed, to: Path) -> list[str]:
    """Write the run's newest sheet, and some samples as files; returns the names of the files."""
    sheets = sorted((run / "samples").glob("[0-9]*.png"))
    if sheets:
        from PIL import Image

        with Image.open(sheets[-1]) as sheet:  # 64 colours are enough to show the samples
            sheet.convert("RGB").quantize(64).save(to / "sheet.png", optimize=True)
    rows = test.rows(0, SHOWN)
    given: Plain = {name: test.raw(name, rows) for name in model.given}
    if model.repairable:
        given[model.repairable[0]] = test.raw(model.repairable[0], rows)
    with of_rows():
        if model.repairable:
            made = model.repair(seed=1, mask_kind="centre", **given)
        else:
            made = model.generate(count=SHOWN, seed=1, **given)
    _refuse_undeclared_endings(model, made.save(to))
    return sorted(file.name for file in to.iterdir())


def _refuse_undeclared_endings(model: Model, files: Sequence[Path]) -> None:
    """Refuse files with endings that the modality does not declare.

    A manifest lists the endings of samples, and no other samples are pulled.

    Raises:
        MmganError: if a modality saves other files than it declares, or files that can be run.
    """
    for name in model.made:
        part, modality = model.blueprint.make[name].modality, model.gan.modalities[name]
        written = {p.suffix[1:] for p in files if re.fullmatch(rf"{name}-\d+\..*", p.name)}
        try:
            for ending in (*modality.endings, *written):
                checked_ending(ending)
        except ValueError as error:
            raise MmganError(
                f"samples of {part.spec.id} cannot be published: {error}",
                hint="its author can change save() to write files of another kind",
            ) from None
        if not written <= set(modality.endings):
            listed = ", ".join(sorted(written))
            raise MmganError(
                f"{part.spec.id} saves files that end in {listed}, but declares "
                f"{', '.join(modality.endings)}",
                hint=f"its author can declare in the class: endings = {tuple(sorted(written))}",
            )


def _json(file: Path, otherwise: T) -> T:
    if not file.is_file():
        return otherwise
    found: T = json.loads(file.read_text(encoding="utf-8"))
    return found
