"""The catalogue of components by kind and id; a component is imported only when it is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, partial
from importlib import import_module
from typing import Any

from mmgan_core.errors import MmganError, PluginMissing, RecipeError, nearest
from mmgan_core.plugins.entry_points import stated_licence
from mmgan_core.plugins.manager import (
    KNOWN,
    LOCAL,
    NOTEBOOK,
    InvalidHookResult,
    Plugin,
    Plugins,
    plugins,
)
from mmgan_core.spec import KINDS, Kind, Spec, Starter

HOOKS_OF_KINDS: dict[Kind, str] = {
    "modality": "mmgan_modalities",
    "encoder": "mmgan_encoders",
    "alignment": "mmgan_alignments",
    "fusion": "mmgan_fusions",
    "generator": "mmgan_generators",
    "discriminator": "mmgan_discriminators",
    "joint_discriminator": "mmgan_joint_discriminators",
    "loss": "mmgan_losses",
    "penalty": "mmgan_penalties",
    "auxiliary_loss": "mmgan_auxiliary_losses",
    "augmentation": "mmgan_augmentations",
    "metric": "mmgan_metrics",
    "explainer": "mmgan_explainers",
    "data_source": "mmgan_data_sources",
    "optimizer": "mmgan_optimizers",
}


class Catalogue:
    """The specs of all components that the plugins in use supply."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins
        self._specs: dict[Kind, dict[str, Spec]] = {kind: {} for kind in KINDS}
        self._owners: dict[tuple[Kind, str], str] = {}
        for kind in KINDS:
            for plugin, specs in plugins.call(HOOKS_OF_KINDS[kind], partial(_checked, kind)):
                for spec in specs:
                    self._specs[kind][spec.id] = spec
                    self._owners[kind, spec.id] = plugin.distribution
        used = {plugin.name for plugin in plugins.ok}
        for kind, name in list(self._owners):
            # A plugin may have answered some hooks before it failed in another.
            if name.partition("/")[0] not in used:
                del self._specs[kind][name], self._owners[kind, name]

    def __iter__(self) -> Iterator[tuple[Kind, Spec]]:
        for kind in KINDS:
            for name in sorted(self._specs[kind]):
                yield kind, self._specs[kind][name]

    def of(self, kind: Kind, modality: str | None = None) -> list[Spec]:
        """The components of a kind; if a modality is named, only those that work on it."""
        specs = (self._specs[kind][name] for name in sorted(self._specs[kind]))
        return [spec for spec in specs if modality is None or spec.fits(modality)]

    def file_kinds(self) -> dict[str, str]:
        """By the ending of a file the kind of data that a modality says it holds."""
        found: dict[str, str] = {}
        for spec in self.of("modality"):
            for ending in spec.reads:
                found.setdefault(ending.lower(), spec.modalities[0])
        return found

    def owner(self, kind: Kind, component: str) -> str:
        """The name of the distribution that supplies a component."""
        return self._owners[kind, component]

    def supplied_by(self, distribution: str) -> set[str]:
        """The components of a distribution."""
        return {name for (_, name), owner in self._owners.items() if owner == distribution}

    def licence(self, kind: Kind, component: str) -> str:
        """The licence of a component: its own, or that of its distribution; "" if none says it."""
        stated = self._specs[kind][component].licence
        return stated or stated_licence(self._owners[kind, component])

    def get(self, kind: Kind, use: str, *, where: str = "") -> Spec:
        """The spec of ``plugin/name`` or ``plugin/name@version``.

        Args:
            where: the place in the recipe, for messages.

        Raises:
            PluginMissing: if its plugin is known, but is not installed or cannot be used.
            RecipeError: if the component does not exist; names the nearest.
        """
        component, _, version = use.partition("@")
        spec = self._specs[kind].get(component)
        if spec is None:
            raise self._missing(kind, component, where)
        if version and version != str(spec.version):
            raise RecipeError(
                f"{_at(where)}{component} is installed in version {spec.version}, "
                f"the recipe pins {version}",
                hint=f"install the {self.owner(kind, component)} that has it, or drop '@{version}'",
            )
        return spec

    def load(self, kind: Kind, use: str, *, where: str = "") -> Any:
        """Import the class of a component.

        Raises:
            PluginMissing: as ``get``, or if its module cannot be imported.
        """
        spec = self.get(kind, use, where=where)
        module, _, name = spec.target.partition(":")
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError) as error:
            owner = self._owners[kind, spec.id]
            raise PluginMissing(
                f"{_at(where)}{spec.id} of {owner} cannot be imported: {error}",
                hint="repair its file"
                if owner == LOCAL
                else f"repair it: pip install --force-reinstall {owner}",
            ) from error

    def modality_for(self, kind_of_data: str, *, where: str) -> Spec:
        """The default modality of a kind of data.

        Raises:
            PluginMissing: if it is in a known plugin that is not installed.
            RecipeError: if there is none, or several; names the choices.
        """
        specs = self.of("modality")
        defaults = [s for s in specs if s.default and s.modalities == (kind_of_data,)]
        # A plugin that has the name of a kind of data goes before all others.
        defaults = [s for s in defaults if s.plugin == kind_of_data] or defaults
        if len(defaults) == 1:
            return defaults[0]
        if defaults:
            found = [spec.id for spec in defaults]
            raise RecipeError(
                f"{_at(where)}{' and '.join(found)} are all defaults of {kind_of_data!r}",
                hint=f"choose one: modality: {{use: {found[0]}}}",
            )
        if kind_of_data in KNOWN:
            raise self._missing("modality", f"{kind_of_data}/{kind_of_data}", where)
        kinds = {spec.modalities[0] for spec in specs if spec.default}
        raise RecipeError(
            f"{_at(where)}no installed modality is called {kind_of_data!r}",
            hint=f"{nearest(kind_of_data, kinds)} Or choose one: modality: {{use: ...}}",
        )

    def _missing(self, kind: Kind, component: str, where: str) -> MmganError:
        prefix = component.partition("/")[0]
        for plugin in self._plugins:
            if plugin.name == prefix and not plugin.in_use:
                return PluginMissing(
                    f"{_at(where)}{component}: its plugin {prefix!r} is {plugin.status}",
                    hint=plugin.reason,
                )
        if prefix in KNOWN and not any(plugin.name == prefix for plugin in self._plugins):
            return PluginMissing(
                f"{_at(where)}{component} is not installed", hint=f"pip install {KNOWN[prefix]}"
            )
        if prefix == NOTEBOOK and component not in self._specs[kind]:
            said = f"{_at(where)}{component} was defined in a notebook or a script"
            here = [name for name in self._specs[kind] if name.startswith(f"{NOTEBOOK}/")]
            near = f"; {nearest(component, here)}" if here else ""
            return PluginMissing(
                f"{said}, and is not registered here", hint=f"define it, and register(...) it{near}"
            )
        known = self._specs[kind]
        same_name = [name for name in known if name.partition("/")[2] == component.split("/")[-1]]
        hint = f"did you mean {same_name[0]!r}?" if same_name else nearest(component, known)
        return RecipeError(
            f"{_at(where)}there is no {kind.replace('_', ' ')} {component!r}", hint=hint
        )


def _checked(kind: Kind, plugin: Plugin, answer: object) -> list[Spec]:
    if not isinstance(answer, (list, tuple)) or not all(isinstance(s, Spec) for s in answer):
        raise InvalidHookResult(f"must return a list of Spec, not {answer!r:.80}")
    for spec in answer:
        texts = (spec.summary, *spec.modalities)
        if isinstance(spec.modalities, str) or not all(isinstance(text, str) for text in texts):
            raise InvalidHookResult(
                f"{spec.id}: summary must be a string, and modalities a tuple of strings"
            )
        if not isinstance(spec.starter, Starter | None):
            raise InvalidHookResult(f"{spec.id}: starter is a Starter, not {spec.starter!r:.80}")
        if kind == "modality" and len(spec.modalities) != 1:
            raise InvalidHookResult(
                f"the modality {spec.id} must name exactly one kind of data in modalities"
            )
    _refuse_foreign(answer, plugin.name)
    return list(answer)


def _refuse_foreign(specs: Iterable[Spec], plugin: str) -> None:
    """Ids must begin with the plugin's name, so that it cannot replace another's components."""
    ids = [spec.id for spec in specs]
    for name in ids:
        if not name.startswith(f"{plugin}/"):
            raise InvalidHookResult(f"the id {name!r} must begin with {plugin + '/'!r}")
        if ids.count(name) > 1:
            raise InvalidHookResult(f"the id {name!r} occurs twice")


def _at(where: str) -> str:
    return f"{where}: " if where else ""


def catalogue() -> Catalogue:
    """The catalogue of this process."""
    return _of(plugins())


@cache
def _of(plugins: Plugins) -> Catalogue:
    return Catalogue(plugins)


def renew() -> None:
    """Ask plugins for their components again, when the catalogue is needed next."""
    _of.cache_clear()
