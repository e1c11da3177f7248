"""Notifies plugins of what happens in a run; a plugin that fails is not called again."""

from __future__ import annotations

from pathlib import Path

from mmgan_core.foundation.progress import console
from mmgan_core.plugins.manager import plugins


class Events:
    """Calls the observation hooks of every plugin; the failure of one does not affect others."""

    def __init__(self, run: Path, *, quiet: bool = False) -> None:
        self._run = run
        self._watching = [] if quiet else list(plugins().ok)

    def tell(self, hook: str, samples: int, **facts: object) -> None:
        """Call ``mmgan_<hook>`` of every plugin that has it, with the facts that it takes."""
        for plugin in list(self._watching):
            try:
                plugins().tell(
                    plugin, f"mmgan_{hook}", {"run": self._run, "samples": samples, **facts}
                )
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                self._watching.remove(plugin)
                console().print(
                    f"[yellow]plugin {plugin.name} failed in mmgan_{hook} and is not called again: "
                    f"{type(error).__name__}: {error}[/yellow]"
                )
