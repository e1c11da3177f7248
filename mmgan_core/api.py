"""The Python API: load, generate, train, evaluate, assemble, and lists of what there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgan_core.foundation.python_words import speaking_python
from mmgan_core.recipe.reading import list_recipes

if TYPE_CHECKING:
    import torch

    from mmgan_core.assembly.gan import GAN
    from mmgan_core.evaluation.measurements import Evaluation
    from mmgan_core.inference.explain import Explanations
    from mmgan_core.inference.model import Model
    from mmgan_core.inference.samples import Samples
    from mmgan_core.plugins.listing import ListedComponent
    from mmgan_core.recipe.schema import Recipe
    from mmgan_core.training.callbacks import Callback
    from mmgan_core.zoo.addresses import Name
    from mmgan_core.zoo.listing import ListedModel

__all__ = [
    "assemble",
    "evaluate",
    "explain",
    "generate",
    "list_components",
    "list_models",
    "list_recipes",
    "load",
    "load_recipe",
    "train",
]


@speaking_python
def load(name: Name, *, device: str | torch.device = "cpu") -> Model:
    """Load a trained model.

    Args:
        name: a model of the zoo (``list_models()`` lists them); ``run:DIR`` for the newest
            checkpoint of a training run; ``dir:DIR`` for an exported model; or
            ``hf:ORG/NAME[@REV]`` for a model of the Hub. The path of a run or of an exported model
            needs no prefix, nor does the name of a run in ``runs``, unless the zoo has that name.
        device: where the model runs: ``cpu``, ``cuda``, ``cuda:1``, ``mps``, or ``auto``.

    Raises:
        UsageError: if there is no such model, run or device, or a name could mean two.
        IntegrityError: if a file is damaged, or does not match its recorded hash.
        HubError: if the model cannot be pulled.
        PluginMissing: if a plugin is not installed; the hint is the command that installs it.

    Example:
        >>> model = load("digits-28")                                   # doctest: +SKIP
        >>> model.generate(text=["three", "seven"], seed=0).image       # doctest: +SKIP
    """
    from mmgan_core.publishing.saving import Writer
    from mmgan_core.zoo.addresses import address_of
    from mmgan_core.zoo.loading import load

    address = address_of(name)
    model = load(str(address), device=device)
    model.writer = Writer(model, address)
    return model


@speaking_python
def generate(
    name: Name,
    *,
    count: int | None = None,
    seed: int | Sequence[int] = 0,
    **given: Any,
) -> Samples:
    """Load a model and make samples with it.

    Args:
        name: a model, as ``load`` takes it.
        count: how many samples in all; default: one for each given value or seed.
        seed: decides the noise; the same seed makes the same samples. Or a list: the first sample
            of each seed.
        given: one value, or a list of values, for each entry.

    Raises:
        UsageError: for an entry that the model does not know, or a value that it cannot read.

    Example:
        >>> generate("digits-28", label="three", count=8).save("threes")    # doctest: +SKIP
    """
    return load(name).generate(count=count, seed=seed, **given)


@speaking_python
def load_recipe(recipe: str | Path, **overrides: object) -> Recipe:
    """Read and check a recipe.

    Args:
        recipe: its file or its name.
        overrides: new values by dotted key. A mapping changes the keys that it names, and leaves
            the others of its block; lists, and components with another ``use``, are replaced.

    Raises:
        RecipeError: names each fault with its file, line and key, and the nearest valid key.

    Example:
        >>> load_recipe("digits", **{"train.batch_size": 32}).train.batch_size
        32
    """
    from mmgan_core.recipe.reading import read_recipe

    return read_recipe(recipe, overrides)


@speaking_python
def assemble(
    recipe: Recipe | str | Path,
    data: object = None,
    *,
    names: Sequence[str] = (),
    **overrides: object,
) -> GAN:
    """Build the untrained GAN of a recipe, for a training loop of your own.

    Options that the recipe leaves open, such as the names of labels, are read from the data.
    Options that are schedules keep their first value.

    Args:
        recipe: a recipe, its file, or its name.
        data, names: as for ``train``.
        overrides: new values by dotted key, as for ``load_recipe``.

    Raises:
        RecipeError: if the recipe cannot be read, checked or assembled.
        DataError: if the data cannot be found or read.

    Example:
        >>> assemble("digits", **{"make.image.generator.width": 16})    # doctest: +SKIP
    """
    from mmgan_core.assembly.given_data import recipe_of
    from mmgan_core.assembly.opening import open_recipe
    from mmgan_core.zoo.loading import frozen_model

    blueprint, _ = open_recipe(recipe_of(recipe, overrides, data, names), frozen_model)
    gan = blueprint.build()
    blueprint.clock.set(0)
    return gan


@speaking_python
def train(
    recipe: Recipe | str | Path,
    run: str | Path | None = None,
    *,
    data: object = None,
    names: Sequence[str] = (),
    resume: bool = False,
    cpu: bool = False,
    device: str = "auto",
    init_from: str = "",
    minutes: float | None = None,
    callbacks: Sequence[Callback] = (),
    **overrides: object,
) -> Model:
    """Train a recipe and load the result.

    Args:
        recipe: a recipe, its file, or its name. With ``data``, it needs no section ``data``.
        run: the directory to write; default: ``runs/NAME``.
        data: what to train on, instead of the recipe's data: data in memory, a source such as
            ``"folder:photos"``, or a section ``data`` of a recipe. In memory may be a dict of
            columns, a list of dicts, a pandas DataFrame, a ``datasets.Dataset``, or a torch
            ``Dataset`` with a length, whose items are read once; or, for a recipe with one entry,
            a list of values (PIL images, arrays, ``(array, rate)``), an array or a tensor of them.
            A tenth of the rows is held out for testing, always the same ones; or name the splits:
            ``{"train": ..., "test": ...}``. Options go beside: ``**{"data.test_fraction": 0.2}``.
        names: the names of the columns, if rows are tuples.
        resume: continue from the newest checkpoint in the directory; data in memory must be given
            again, and be the same.
        cpu: short for the device ``cpu``.
        device: ``cpu``, ``cuda``, ``cuda:1``, ``mps``; or ``auto``, a GPU if there is one.
        init_from: a model, as ``load`` takes it; its weights are copied wherever names and shapes
            match.
        minutes: how long training may take on this machine, in place of ``train.samples``.
        callbacks: functions that are called with a ``TrainingProgress`` at each line of metrics,
            after every ``train.log_every`` samples. One that returns False stops the training
            after this step, with a checkpoint; ``resume=True`` then goes on exactly.
        overrides: new values by dotted key, as for ``load_recipe``.

    Raises:
        MmganError: for a mistake in the recipe, the data or the directory; nothing is left
            half-written.

    Example:
        >>> train("digits", "runs/mine", **{"train.samples": 1000})     # doctest: +SKIP
        >>> train("mine.yaml", data={"image": pictures, "label": labels})   # doctest: +SKIP
    """
    from mmgan_core.assembly.given_data import recipe_of, unread
    from mmgan_core.runs.memory_data import refuse_other_memory
    from mmgan_core.training.minutes import refuse_both
    from mmgan_core.training.run import default_run
    from mmgan_core.training.run import train as train_run

    if minutes is not None:
        refuse_both(overrides)
    if resume and data is None:
        # The recipe may have no data of its own: it is read without them to find the run.
        refuse_other_memory(Path(run or default_run(unread(recipe, overrides))), None)
    checked = recipe_of(recipe, overrides, data, names)
    path = Path(run) if run is not None else default_run(checked)
    if resume:
        refuse_other_memory(path, checked)
    train_run(
        checked,
        path,
        resume=resume,
        cpu=cpu,
        device=device,
        init_from=init_from,
        minutes=minutes,
        callbacks=callbacks,
    )
    return load(f"run:{path}")


@speaking_python
def evaluate(
    model: Name | Model,
    data: object = None,
    *,
    names: Sequence[str] = (),
    count: int | None = None,
    seed: int = 0,
    target: str = "",
    metrics: Sequence[str] = (),
    classification: int = 0,
    changes: Mapping[str, object] | None = None,
    device: str | torch.device = "cpu",
    out: str | Path | None = None,
) -> Evaluation:
    """Measure a model for every subset of the given entries, and with shuffled conditions.

    Args:
        model: a loaded model, or its name, as ``load`` takes it. The numbers of a run that is named
            are written into it as ``evaluation.json``; others are written only to ``out``.
        data, names: the data to measure with, as for ``train``; default: the recipe's.
        count: how many samples are made for each number; default: the recipe's count.
        seed: decides the noise and the shuffling.
        target: the column that evaluators predict; default: the recipe's.
        metrics: the ids of metrics, in place of the recipe's.
        classification: also train a classifier on so many made samples alone, and test it on real
            ones; 0 for none.
        changes: new values of the recipe of a run by dotted key, of what it was not trained with.
        device: where the model makes its samples, and where evaluators read them.
        out: a JSON file to write.

    Raises:
        UsageError: if nothing can be measured, or a metric lacks what it needs.
        DataError: if the data cannot be opened, or have no target column.

    Example:
        >>> evaluate("runs/digits", count=200).as_dict()["image"]       # doctest: +SKIP
    """
    from mmgan_core.assembly.given_data import is_section, only_column
    from mmgan_core.components.sources.memory import hold
    from mmgan_core.evaluation.evaluate import evaluate as measured
    from mmgan_core.evaluation.subject import recipe_of_subject, subject_of

    subject = subject_of(model, device)
    section: str | Mapping[str, object] = ""
    if is_section(data):
        section = data
    elif data is not None:
        section = hold(data, names=names, alone=only_column(recipe_of_subject(subject)))
    return measured(
        subject,
        count=count,
        seed=seed,
        target=target,
        metrics=metrics,
        classification=classification,
        changes=changes,
        device=device,
        out=None if out is None else Path(out),
        data=section,
        write=isinstance(subject, Path),
    )


@speaking_python
def explain(
    model: Name | Model,
    given: Mapping[str, object],
    *,
    made: str = "",
    by: Sequence[str] = (),
    noises: int = 16,
    orders: int = 8,
    seed: int = 0,
) -> Explanations:
    """Say which part of what is given makes the samples of a model what they are.

    Given entries, and the words, moments, bands or regions that their values consist of, are left
    out one after the other while the noise stays. Where the discriminator is at hand, blocks of the
    first sample are exchanged, to see which it doubts. Each number stands a test, or says that it
    does not: ``believe``.

    Args:
        model: a model, or its name as ``load`` takes it.
        given: one value for each entry that is given; none for what the discriminator doubts.
        made: the made entry that is looked at; default: the first.
        by: the ids of explainers; default: all that fit.
        noises: how many samples are made each time, always of the same noise.
        orders: how many random orders the tests compare with.
        seed: decides the noise and the orders.

    Raises:
        UsageError: if several values of an entry are given, or there is no such entry; if nothing
            is given and the discriminator is not at hand; or if one of ``by`` finds nothing.

    Example:
        >>> found = explain("emoji", {"caption": "a red flag"})         # doctest: +SKIP
        >>> [(id, one.title, one.believe) for id, one in found.each]    # doctest: +SKIP
    """
    from mmgan_core.inference.explain import explain
    from mmgan_core.inference.model import Model
    from mmgan_core.publishing.read_labels import labels_read

    if isinstance(model, Model):
        whole, labels = model, None
    else:
        whole = load(model)
        labels = None if given else labels_read(model, whole, made)
    return explain(
        whole, given, made=made, by=by, noises=noises, orders=orders, seed=seed, labels=labels
    )


@speaking_python
def list_models(*, given: Sequence[str] = (), made: Sequence[str] = ()) -> list[ListedModel]:
    """List the models that can be loaded by name: shipped, pulled, and those of indexes on the Hub.

    Args:
        given: only models that take all of these entries.
        made: only models that make all of these entries.

    Example:
        >>> [model.name for model in list_models(made=["image"])]       # doctest: +SKIP
    """
    from mmgan_core.zoo.listing import listed_models

    return listed_models(given, made)


@speaking_python
def list_components(
    kind: str | None = None, *, modality: str | None = None
) -> list[ListedComponent]:
    """List the components that recipes can use here.

    Args:
        kind: only components of this kind, such as ``generator``.
        modality: only components that work on this kind of data, such as ``image``.

    Raises:
        UsageError: if there is no such kind or modality.

    Example:
        >>> [one.id for one in list_components("fusion")]
        ['core/concatenation', 'core/product-of-experts']
    """
    from mmgan_core.plugins.listing import kind_of, listed_components

    return listed_components(None if kind is None else kind_of(kind), modality)
