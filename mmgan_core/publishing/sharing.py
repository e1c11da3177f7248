"""Sharing models from Python: export, push, pull and verify."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmgan_core.foundation.python_words import speaking_python

if TYPE_CHECKING:
    import torch

    from mmgan_core.inference.model import Model
    from mmgan_core.publishing.push import Pushed
    from mmgan_core.publishing.verify import Finding
    from mmgan_core.zoo.addresses import Name
    from mmgan_core.zoo.directory import ModelDirectory
    from mmgan_core.zoo.pull import Pulled

__all__ = ["export", "pull", "push", "verify"]


@speaking_python
def export(
    run: Name | Model,
    folder: str | Path,
    *,
    data: object = None,
    names: Sequence[str] = (),
    name: str = "",
    half: bool = False,
    discriminator: bool = False,
    training: bool = False,
) -> ModelDirectory:
    """Write the model of a run: weights, recipe, card, samples, and a proof to verify it with.

    Args:
        run: a run, as ``load`` takes it, or the model that ``train`` or ``load`` returned for it.
        folder: the directory to write; it must not exist yet.
        data, names: the data in memory that the run was trained on, unless this process has them.
        name: the model's name; default: the recipe's or the run's.
        half: round the weights to half precision: half the size, and nearly the same samples.
        discriminator: include the discriminators, from which others can continue training.
        training: include the newest checkpoint, from which training resumes exactly.

    Returns:
        The directory of the model: its ``path``, and what ``model.json`` says, ``manifest``.

    Raises:
        UsageError: if there is no such run, the folder exists, or a model cannot be called so.
        DataError: if the data, from which samples are made once more, cannot be opened.
    """
    from mmgan_core.assembly.given_data import only_column
    from mmgan_core.components.sources.memory import hold
    from mmgan_core.evaluation.subject import recipe_of_subject
    from mmgan_core.publishing.export import export as written
    from mmgan_core.publishing.saving import run_of_model

    path = run_of_model(run)
    if data is not None:
        hold(data, names=names, alone=only_column(recipe_of_subject(path)))
    folder = Path(folder)
    return written(
        path,
        folder,
        name=name,
        address=f"dir:{folder}",
        half=half,
        discriminator=discriminator,
        training=training,
    )


@speaking_python
def push(
    model: Name | Model,
    to: str,
    *,
    private: bool = False,
    dry_run: bool = False,
    half: bool = False,
    discriminator: bool = False,
    training: bool = False,
    tag: str = "",
) -> Pushed:
    """Publish a model on the Hub with one commit and one tag, without secrets or stray files.

    Args:
        model: a run or an exported model, as ``load`` takes it; or a model that ``load`` or
            ``train`` returned.
        to: the model's name on the Hub, ``ORG/NAME``.
        private: make the repository private if it is new.
        dry_run: check everything, but change nothing on the Hub.
        half, discriminator, training: how a run is exported, as for ``export``.
        tag: the tag of the commit; default: the next of v1, v2, ...

    Raises:
        UsageError: for a name that the Hub does not take, files that do not belong to the model,
            or text that looks like a secret.
        HubError: if the Hub refuses or cannot be reached; then nothing has changed there.
    """
    from mmgan_core.publishing.push import push as pushed
    from mmgan_core.publishing.saving import folder_of_model

    return pushed(
        folder_of_model(model),
        to,
        private=private,
        dry_run=dry_run,
        half=half,
        discriminator=discriminator,
        training=training,
        tag=tag,
    )


@speaking_python
def pull(
    name: str, *, revision: str = "", folder: str | Path | None = None, offline: bool = False
) -> Pulled:
    """Get a model at a fixed commit, and compare every hash; nothing of it is executed.

    Args:
        name: a name of the zoo, or ``hf:ORG/NAME[@REV]``.
        revision: a branch, a tag or a commit; default: the one in the index, else the newest.
        folder: a directory to copy the model to; default: it stays in the Hub's cache.
        offline: use only what was pulled before.

    Returns:
        Its ``directory``, its ``commit``, and what is ``missing`` here to use it.

    Raises:
        UsageError: if the folder exists, or the name or the revision is wrong.
        HubError: if the model cannot be pulled.
        IntegrityError: if the model is not sound; then nothing of it is kept.
    """
    from mmgan_core.zoo.pull import pull as pulled

    to = None if folder is None else Path(folder)
    return pulled(name, revision=revision, to=to, offline=offline)


@speaking_python
def verify(name: Name, *, device: str | torch.device = "cpu") -> list[Finding]:
    """Check a model's hashes, make its recorded samples again, and measure one number again.

    Args:
        name: a model, as ``load`` takes it; no run.
        device: where the samples are made.

    Returns:
        What was checked, and with what result; each check passed.

    Raises:
        IntegrityError: at the first check that fails.
        UsageError: for a run, which must be exported first.
    """
    from mmgan_core.publishing.verify import verify as verified
    from mmgan_core.zoo.loading import opened

    return list(verified(opened(name).path, device))
