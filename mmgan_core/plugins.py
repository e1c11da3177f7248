"""Finding, isolating, listing and blocking plugins.

pluggy's own entry-point loader drops one of two plugins of the same name in silence, and one that
fails to import stops all. Here each plugin stands alone and gets a status; in strict mode
(``--strict``, ``MMGAN_STRICT=1``) the first that is not in order is an error.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Literal

import pluggy

from mmgan_core import hookspecs
from mmgan_core.errors import PluginMissing, UsageError, nearest

GROUP = "mmgan.plugins"
Status = Literal["ok", "slow", "blocked", "broken", "incompatible", "duplicate"]

# A plugin that imports one of these, or takes longer than this many seconds, makes `ls` slow.
HEAVY = ("torch", "numpy", "timm", "librosa", "transformers", "sentence_transformers", "datasets",
         "huggingface_hub", "pyarrow", "accelerate", "scipy", "pandas", "matplotlib")  # fmt: skip
SLOW = 0.5

# Which distribution brings the components of a prefix, for those that are not installed.
KNOWN = {
    "objectives": "mmgan-objectives",
    "image": "mmgan-image",
    "audio": "mmgan-audio",
    "text": "mmgan-text",
    "echo": "mmgan-echo",
}


@dataclass
class Plugin:
    """One installed plugin and how it fares.

    Attributes:
        name: its entry point's name.
        distribution: the package that brings it, and its version.
        status: ``ok``, ``slow`` (used all the same), or why it is not used.
        reason: what is wrong and what to do, where the status is not ``ok``.
        seconds: how long its import took.
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
        return self.status in ("ok", "slow")


class Plugins:
    """The plugins of this environment, loaded apart from one another."""

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
        for found in _found():
            self._add(*found)
        self._refuse_unknown_names()

    def __iter__(self) -> Iterator[Plugin]:
        return iter(self.all)

    @property
    def ok(self) -> list[Plugin]:
        """The plugins in use."""
        return [plugin for plugin in self.all if plugin.in_use]

    def call(self, hook: str) -> Iterator[tuple[Plugin, object]]:
        """Each plugin's answer to a hook that takes no arguments; a failing plugin is set aside."""
        for plugin in self.ok:
            function = getattr(plugin.module, hook, None)
            if function is None:
                continue
            try:
                with _silence():
                    answer = function()
            except Exception as error:
                self._set_aside(plugin, f"{hook}() raised {_said(error)}")
                continue
            yield plugin, answer

    def mark_broken(self, plugin: Plugin, reason: str) -> None:
        """Set a plugin aside, with the reason that ``plugins ls`` shows."""
        self._set_aside(plugin, reason)

    def _add_builtin(self) -> None:
        from mmgan_core.builtin import plugin as builtin

        core = Plugin("core", "mmgan-zoo", metadata.version("mmgan-zoo"), module=builtin)
        self.manager.register(builtin, "core")
        self.all.append(core)

    def _add(self, plugin: Plugin, load: Callable[[], ModuleType]) -> None:
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
        before, began = _heavy_modules(), time.perf_counter()
        try:
            with _silence():
                plugin.module = load()
        except (Exception, SystemExit) as error:
            self._settle(plugin, "broken", f"its import raised {_said(error)}")
            return
        plugin.seconds = time.perf_counter() - began
        self._register(plugin, plugin.module)
        if plugin.in_use:
            self._note_slowness(plugin, sorted(_heavy_modules() - before))

    def _note_slowness(self, plugin: Plugin, heavy: Sequence[str]) -> None:
        if heavy or plugin.seconds > SLOW:
            why = f"imports {', '.join(heavy)} when it is found" if heavy else "is slow to import"
            told = f"{plugin.distribution}'s author can import what costs inside functions"
            self._settle(plugin, "slow", f"{why} ({plugin.seconds:.1f} s): {told}; do without "
                         f"it: --no-plugin {plugin.name}")  # fmt: skip

    def _register(self, plugin: Plugin, module: ModuleType) -> None:
        wanted = getattr(module, "MMGAN_API", 1)
        if not isinstance(wanted, int) or wanted > hookspecs.API_VERSION:
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
        except pluggy.PluginValidationError as error:
            self._set_aside(plugin, _misspelt(str(error)))
        except Exception as error:
            self._set_aside(plugin, f"cannot be registered: {_said(error)}")

    def _call_duplicate(self, plugin: Plugin, twin: Plugin) -> None:
        if self.manager.has_plugin(twin.name) and twin.name != "core":
            self.manager.unregister(name=twin.name)
        # Nothing may stand in for the core.
        for one, other in ((plugin, twin), *(((twin, plugin),) if twin.name != "core" else ())):
            reason = f"also brought by {other.distribution}: uninstall one of them, "
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
        for name in (*self._block, *(self._allow or ())):
            if name not in names:
                raise UsageError(
                    f"--no-plugin or MMGAN_PLUGINS names {name!r}, which is not installed",
                    hint=nearest(name, names),
                )


def _found() -> Iterator[tuple[Plugin, Callable[[], ModuleType]]]:
    """Entry points in an order that does not depend on the file system."""
    points = metadata.entry_points(group=GROUP)
    rows = []
    for point in points:
        dist = point.dist
        name, version = (dist.name, dist.version) if dist else ("(unknown)", "")
        rows.append((point.name, name, version, point))
    seen = set()
    for name, dist_name, version, point in sorted(rows, key=lambda row: row[:3]):
        # A folder that is on the path twice lists its distributions twice.
        if (name, dist_name, version, point.value) in seen:
            continue
        seen.add((name, dist_name, version, point.value))
        yield Plugin(name, dist_name, version), point.load


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _heavy_modules() -> set[str]:
    return {name for name in HEAVY if name in sys.modules}


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Nothing that a plugin writes reaches standard output, not even below Python."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _misspelt(message: str) -> str:
    hooks = [name for name in vars(hookspecs) if name.startswith("mmgan_")]
    unknown = next(
        (w.strip("'\"") for w in message.split() if "mmgan_" in w and w not in hooks), ""
    )
    return f"{message} ({nearest(unknown, hooks)})"


_chosen: list[Plugins] = []


def plugins() -> Plugins:
    """The plugins of this process, found once."""
    if not _chosen:
        choose()
    return _chosen[0]


def choose(*, block: Sequence[str] = (), path: Sequence[Path] = (), strict: bool = False) -> None:
    """Find plugins anew: without those blocked, and in these directories too.

    ``MMGAN_PLUGINS=a,b`` in the environment allows only those; ``MMGAN_STRICT=1`` is as strict.

    Raises:
        UsageError: for a name that is not installed.
        PluginMissing: if strict, for the first plugin that is not in order.
    """
    sys.path[:0] = [str(folder.resolve()) for folder in path]
    listed = os.environ.get("MMGAN_PLUGINS")
    allow = [name.strip() for name in listed.split(",") if name.strip()] if listed else None
    strict = strict or os.environ.get("MMGAN_STRICT", "0") not in ("", "0")
    _chosen[:] = [Plugins(allow, block, strict=strict)]
