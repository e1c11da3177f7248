"""Finds, isolates, lists and blocks plugins.

pluggy's own loader of entry points silently drops one of two plugins with the same name, and stops
if one plugin cannot be imported. Here each plugin is loaded on its own and gets a status. In strict
mode (``--strict``, ``MMGAN_STRICT=1``) the first plugin whose status is not ``ok`` is an error.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Literal, TypeVar

import pluggy

from mmgan_core import __version__, hookspecs
from mmgan_core.errors import PluginMissing, UsageError, nearest
from mmgan_core.plugins.entry_points import Announced, announced
from mmgan_core.plugins.silence import silence

Status = Literal["ok", "slow", "partial", "blocked", "broken", "incompatible", "duplicate"]
Answer = TypeVar("Answer")

# A plugin that imports one of these, or takes longer than this many seconds, makes `ls` slow.
# These are what heavy libraries are built on; whatever else is slow, the time tells.
HEAVY = (
    "torch",
    "numpy",
    "transformers",
    "datasets",
    "huggingface_hub",
    "pyarrow",
    "accelerate",
    "scipy",
    "pandas",
    "matplotlib",
)
SLOW = 0.5

HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("mmgan_"))

# The plugins that are published beside the core. Messages propose to install these and no others:
# a prefix that a stranger's recipe names is never made into the name of a distribution.
PUBLISHED = (
    "mmgan-objectives",
    "mmgan-image",
    "mmgan-audio",
    "mmgan-text",
    "mmgan-echo",
    "mmgan-trackio",
)
# The distribution of plugins that none brings: see ``local_code``. No message proposes to install
# it, though a stranger could publish something of this name.
LOCAL = "local-code"
# The name of the plugin of components that a notebook or a script registers.
NOTEBOOK = "notebook"
# Which of them brings the components of a prefix, for those that are not installed.
KNOWN = {distribution.removeprefix("mmgan-"): distribution for distribution in PUBLISHED}


class InvalidHookResult(ValueError):
    """A hook of a plugin returned something that it must not."""


@dataclass
class Plugin:
    """One installed plugin and its status.

    Attributes:
        name: the name of its entry point.
        distribution: the package that supplies it.
        version: the version of the package.
        status: ``ok``; ``slow`` or ``partial``, which is used without some of its verbs or
            recipes; or why it is not used.
        reason: what is wrong and what to do, if the status is not ``ok``.
        seconds: how long its import took, in seconds.
        module: its module, if it could be imported.
    """

    name: str
    distribution: str
    version: str = ""
    status: Status = "ok"
    reason: str = ""
    seconds: float = 0.0
    module: ModuleType | None = field(default=None, repr=False)

    @property
    def in_use(self) -> bool:
        """Whether its components can be used."""
        return self.status in ("ok", "slow", "partial")


class Plugins:
    """The plugins of this environment, each loaded on its own."""

    def __init__(
        self,
        allow: Sequence[str] | None = None,
        block: Sequence[str] = (),
        *,
        strict: bool = False,
    ) -> None:
        self.manager = pluggy.PluginManager("mmgan")
        self.manager.add_hookspecs(hookspecs)
        self.all: list[Plugin] = []
        self._allow, self._block, self._strict = allow, set(block), strict
        self._add_builtin()
        for found in announced():
            self._add(Plugin(found.name, found.distribution, found.version), found)
        for plugin in _adopted:
            self.adopt(plugin)
        self._refuse_unknown_names()

    def __iter__(self) -> Iterator[Plugin]:
        return iter(self.all)

    @property
    def ok(self) -> list[Plugin]:
        """The plugins in use."""
        return [plugin for plugin in self.all if plugin.in_use]

    def call(
        self,
        hook: str,
        check: Callable[[Plugin, object], Answer],
        *,
        if_wrong: Literal["broken", "partial"] = "broken",
    ) -> Iterator[tuple[Plugin, Answer]]:
        """Call a hook without arguments; yield the result of each plugin that has it.

        Args:
            check: turns the result of a hook into what is yielded; raises InvalidHookResult if it
                cannot be used.
            if_wrong: the status of a plugin that fails: ``broken``, so that it is not used at all,
                or ``partial``, so that it is used without this result.
        """
        for plugin in self.ok:
            function = self._implementation(plugin, hook)
            if function is None:
                continue
            try:
                with silence():
                    answer = check(plugin, function.function())
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                fault = (
                    f": {error}"
                    if isinstance(error, InvalidHookResult)
                    else f"() raised {_described(error)}"
                )
                self.find_fault(plugin, if_wrong, f"{hook}{fault}")
                continue
            yield plugin, answer

    def tell(self, plugin: Plugin, hook: str, facts: Mapping[str, object]) -> None:
        """Call an observation hook of a plugin, if it has it, with the facts that it takes."""
        function = self._implementation(plugin, hook)
        if function is not None:
            with silence():
                function.function(*(facts[name] for name in function.argnames))

    def find_fault(self, plugin: Plugin, status: Literal["broken", "partial"], reason: str) -> None:
        """Record what is wrong with a plugin; a broken one is not used any more."""
        if status == "broken":
            self._set_aside(plugin, reason)
        else:
            known = plugin.reason if plugin.status == status else ""
            self._settle(plugin, status, f"{known}; {reason}" if known else reason)

    def adopt(self, plugin: Plugin) -> None:
        """Use a plugin that no package brings, whose module was imported."""
        assert plugin.module is not None
        self.all.append(plugin)
        twin = next((p for p in self.all[:-1] if p.name == plugin.name), None)
        if twin is not None:
            self._settle(plugin, "duplicate", f"{twin.distribution} brings a plugin of this name")
            return
        self._register(plugin, plugin.module)

    def _implementation(self, plugin: Plugin, hook: str) -> pluggy.HookImpl | None:
        found: list[pluggy.HookImpl] = getattr(self.manager.hook, hook).get_hookimpls()
        return next((one for one in found if one.plugin_name == plugin.name), None)

    def _add_builtin(self) -> None:
        from mmgan_core.components import plugin as builtin

        core = Plugin("core", "mmgan-zoo", __version__, module=builtin)
        self.manager.register(builtin, "core")
        self.all.append(core)

    def _add(self, plugin: Plugin, found: Announced) -> None:
        self.all.append(plugin)
        if plugin.name in self._block or (
            self._allow is not None and plugin.name not in self._allow
        ):
            plugin.status, plugin.reason = "blocked", "blocked by --no-plugin or MMGAN_PLUGINS"
            return
        twin = next((p for p in self.all[:-1] if p.name == plugin.name), None)
        if twin is not None:
            self._call_duplicate(plugin, twin)
            return
        if found.fault:
            self._settle(plugin, "broken", found.fault)
            return
        before, began = _heavy_modules(), time.perf_counter()
        try:
            with silence():
                plugin.module = found.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._settle(plugin, "broken", f"its import raised {_described(error)}")
            return
        plugin.seconds = time.perf_counter() - began
        self._register(plugin, plugin.module)
        if plugin.in_use:
            self._note_slowness(plugin, sorted(_heavy_modules() - before))

    def _note_slowness(self, plugin: Plugin, heavy: Sequence[str]) -> None:
        if heavy or plugin.seconds > SLOW:
            why = f"imports {', '.join(heavy)} when it is found" if heavy else "is slow to import"
            advice = f"the author of {plugin.distribution} can import slow modules inside functions"
            self._settle(
                plugin,
                "slow",
                f"{why} ({plugin.seconds:.1f} s): {advice}; to block it: --no-plugin {plugin.name}",
            )

    def _register(self, plugin: Plugin, module: ModuleType) -> None:
        if not isinstance(module, ModuleType):
            self._settle(plugin, "broken", f"its entry point names {module!r:.80}, not a module")
            return
        wanted = getattr(module, "MMGAN_API", 1)
        if not isinstance(wanted, int) or isinstance(wanted, bool):
            self._settle(
                plugin,
                "incompatible",
                f"its MMGAN_API is {wanted!r:.80}, of type {type(wanted).__name__}: its author can "
                f"write a whole number, MMGAN_API = {hookspecs.API_VERSION}",
            )
            return
        if wanted > hookspecs.API_VERSION:
            self._settle(
                plugin,
                "incompatible",
                f"needs plugin API {wanted}, this mmgan-zoo has {hookspecs.API_VERSION}: "
                "pip install --upgrade mmgan-zoo",
            )
            return
        try:
            self.manager.register(module, plugin.name)
            self.manager.check_pending()
            self._refuse_what_is_not_called(plugin, module)
        except pluggy.PluginValidationError as error:
            self._set_aside(plugin, _misspelt(str(error)))
        except InvalidHookResult as error:
            self._set_aside(plugin, str(error))
        except Exception as error:
            self._set_aside(plugin, f"cannot be registered: {_described(error)}")

    def _refuse_what_is_not_called(self, plugin: Plugin, module: ModuleType) -> None:
        for hook in HOOKS:
            function = getattr(module, hook, None)
            if isinstance(function, FunctionType) and not hasattr(function, "mmgan_impl"):
                raise InvalidHookResult(f"{hook} is not marked @hookimpl: its author can mark it")
            found = self._implementation(plugin, hook)
            if found is not None and (found.wrapper or found.hookwrapper):
                raise InvalidHookResult(
                    f"{hook} is a wrapper, but each plugin is called on its own"
                )

    def _call_duplicate(self, plugin: Plugin, twin: Plugin) -> None:
        if self.manager.has_plugin(twin.name) and twin.name != "core":
            self.manager.unregister(name=twin.name)
        # No plugin may replace the core.
        for one, other in ((plugin, twin), *(((twin, plugin),) if twin.name != "core" else ())):
            reason = f"also supplied by {other.distribution}: uninstall one of them, "
            self._settle(one, "duplicate", reason + f"pip uninstall {one.distribution}")

    def _set_aside(self, plugin: Plugin, reason: str) -> None:
        if self.manager.has_plugin(plugin.name):
            self.manager.unregister(name=plugin.name)
        self._settle(plugin, "broken", reason)

    def _settle(self, plugin: Plugin, status: Status, reason: str) -> None:
        plugin.status, plugin.reason = status, reason
        if self._strict:
            raise PluginMissing(f"the plugin {plugin.name!r} is {status} (strict)", hint=reason)

    def _refuse_unknown_names(self) -> None:
        names = [plugin.name for plugin in self.all]
        if "core" in self._block:
            raise UsageError(
                "--no-plugin core: the core cannot be blocked",
                hint=nearest("core", set(names) - {"core"}),
            )
        for name in (*self._block, *(self._allow or ())):
            if name not in names:
                raise UsageError(
                    f"--no-plugin or MMGAN_PLUGINS names {name!r}, which is not installed",
                    hint=nearest(name, names),
                )


def _described(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__


def _heavy_modules() -> set[str]:
    return {name for name in HEAVY if name in sys.modules}


def _misspelt(message: str) -> str:
    unknown = next(
        (w.strip("'\"") for w in message.split() if "mmgan_" in w and w not in HOOKS), ""
    )
    return f"{message} ({nearest(unknown, HOOKS)})"


_chosen: list[Plugins] = []
_adopted: list[Plugin] = []


def plugins() -> Plugins:
    """The plugins of this process, which are looked for once."""
    if not _chosen:
        choose()
    return _chosen[0]


def choose(*, block: Sequence[str] = (), path: Sequence[Path] = (), strict: bool = False) -> None:
    """Find plugins again, with these choices; ``plugins()`` then returns the result.

    In the environment, ``MMGAN_PLUGINS=a,b`` allows only those plugins, and ``MMGAN_STRICT=1`` has
    the effect of ``strict``.

    Args:
        block: the names of plugins that are not to be imported.
        path: folders in which plugins are looked for too.
        strict: whether the first plugin whose status is not ``ok`` is an error.

    Raises:
        UsageError: if a named plugin is not installed.
        PluginMissing: if ``strict``, for the first plugin whose status is not ``ok``.
    """
    sys.path[:0] = [str(folder.resolve()) for folder in path]
    listed = os.environ.get("MMGAN_PLUGINS")
    allow = [name.strip() for name in listed.split(",") if name.strip()] if listed else None
    strict = strict or os.environ.get("MMGAN_STRICT", "0") not in ("", "0")
    _chosen[:] = [Plugins(allow, block, strict=strict)]


def adopt(plugin: Plugin) -> Plugin:
    """Use a plugin that no package brings, from now on in this process; once for each module."""
    for known in _adopted:
        if known.module is plugin.module:
            return known
    plugins().adopt(plugin)
    if plugin.in_use:
        _adopted.append(plugin)
    return plugin
