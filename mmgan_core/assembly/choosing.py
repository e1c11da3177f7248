"""One component chosen by its id, its options checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mmgan_core.assembly.parts import Part
from mmgan_core.assembly.scheduled import Clock, scheduled_options
from mmgan_core.contracts import FrozenModel
from mmgan_core.errors import RecipeError, UsageError
from mmgan_core.foundation.kept_files import kept_name
from mmgan_core.options import FileRef, Options, file_refs, model_refs
from mmgan_core.plugins.catalogue import Catalogue, catalogue
from mmgan_core.recipe.schema import Evaluator
from mmgan_core.spec import Kind

# Loads the model that an option names. The rooms above supply it: they know where models lie.
OpenModel = Callable[[str], FrozenModel]
# Reads the file that an option names.
OpenFile = Callable[[str], bytes]
_WITH_MODELS: tuple[Kind, ...] = ("modality", "encoder", "auxiliary_loss")
_WITH_FILES: tuple[Kind, ...] = (*_WITH_MODELS, "generator")


def chosen_part(
    kind: Kind,
    use: str,
    options: Mapping[str, object],
    where: str,
    known: Catalogue | None = None,
    clock: Clock | None = None,
    open_model: OpenModel | None = None,
    open_file: OpenFile | None = None,
) -> Part:
    """The component ``use`` with these options, ready to be built.

    Args:
        where: the place in the recipe, for messages.
        known: the components to choose from; default: the installed ones.
        clock: what options that are schedules follow; without it there can be none.
        open_model: loads the frozen models that its options name; without it, none can be named.
        open_file: reads the files that its options name; without it, none can be named.

    Raises:
        PluginMissing: if its plugin is known, but not installed or not in order.
        RecipeError: if there is no such component, or it has no such options.
    """
    known = known or catalogue()
    spec = known.get(kind, use, where=where)
    cls = known.load(kind, spec.id, where=where)
    checked = scheduled_options(cls, options, where=where, clock=clock)
    models = _models(kind, checked, where, open_model)
    files = _files(kind, checked, where, open_file)
    names = {name: FileRef(kept_name(content)) for name, content in files.items()}
    kept = checked.model_copy(update=names) if names else checked
    return Part(spec, cls, kept, where, clock, models, files)


def _models(
    kind: Kind, options: Options, where: str, open_model: OpenModel | None
) -> dict[str, FrozenModel]:
    found = {}
    for name, address in model_refs(options).items():
        if kind not in _WITH_MODELS or open_model is None:
            raise RecipeError(
                f"{where}.{name}: a frozen model cannot stand here",
                hint="modalities, encoders of given entries and auxiliary losses can have one",
            )
        try:
            found[name] = open_model(address)
        except UsageError as error:
            raise RecipeError(f"{where}.{name}: {error.message}", hint=error.hint) from error
    return found


def _files(
    kind: Kind, options: Options, where: str, open_file: OpenFile | None
) -> dict[str, bytes]:
    found = {}
    for name, path in file_refs(options).items():
        if kind not in _WITH_FILES or open_file is None:
            raise RecipeError(
                f"{where}.{name}: a file cannot stand here",
                hint="modalities, generators, encoders of given entries and auxiliary losses can "
                "have one",
            )
        try:
            found[name] = open_file(path)
        except UsageError as error:
            raise RecipeError(f"{where}.{name}: {error.message}", hint=error.hint) from error
    return found


def evaluator_modality(
    evaluator: Evaluator, made: Part, where: str, known: Catalogue | None = None
) -> Part:
    """The modality by which an evaluator reads the samples of a made entry.

    Args:
        made: the made entry's modality, whose options stand where the evaluator says nothing else.
        where: the evaluator's place in the recipe, for messages.
        known: the components to choose from; default: the installed ones.
    """
    own = evaluator.modality
    if own is None:
        return made
    where, use = f"{where}.modality", own.use or made.spec.id
    same = (known or catalogue()).get("modality", use, where=where).id == made.spec.id
    inherited = made.options.model_dump(mode="json") if same else {}
    kept = {kept_name(content): content for content in made.files.values()}

    def open_file(name: str) -> bytes:
        if name not in kept:
            raise UsageError(f"{name!r} is not a file of {made.where}")
        return kept[name]

    options = {**inherited, **own.options}
    return chosen_part("modality", use, options, where, known, open_file=open_file)
