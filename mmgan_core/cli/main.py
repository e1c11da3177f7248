"""The entry point of `mmgan-zoo`: finds the verb, and prints a user's mistake as one message.

The module of a verb is imported when the verb is called, and a verb imports torch only when it
needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mmgan_core.cli.notes import notes
from mmgan_core.cli.verbs import VERBS as VERBS
from mmgan_core.cli.verbs import plugin_verbs
from mmgan_core.errors import MmganError, nearest
from mmgan_core.foundation.failures import failure_of_the_machine
from mmgan_core.foundation.printable import printable, printable_output


class Verbs(TyperGroup):
    """The verbs by name, imported when called; plugins add verbs with ``mmgan_commands``."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Parse the options, then choose the plugins, before a verb is looked up among them."""
        rest = super().parse_args(ctx, _general_first(args))
        _choose(ctx.params)
        _allow(ctx.params)
        return rest

    def main(self, *args: Any, **options: Any) -> Any:
        """Run a verb; whatever it prints is printable."""
        with printable_output():
            return super().main(*args, **options)

    def list_commands(self, ctx: object) -> list[str]:
        """Return the core's verbs in order, then those of plugins."""
        return [*VERBS, *sorted(plugin_verbs())]

    def get_command(self, ctx: Any, name: str) -> Any:
        """Return the command of a verb, or None for an unknown verb."""
        if name in VERBS:
            module = import_module(f"mmgan_core.cli.{name}_verb")
            return typer.main.get_command(module.app)
        brought = plugin_verbs()
        return typer.main.get_command(brought[name]) if name in brought else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the verb that the arguments begin with; for an unknown one, suggest the nearest."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from mmgan_core.plugins.conflicts import left_out
            from mmgan_core.plugins.manager import plugins

            near = nearest(args[0], self.list_commands(ctx))
            why = left_out(plugins(), "verb", args[0])
            ctx.fail(why or f"there is no verb {args[0]!r}: {near}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the table of verbs without importing their modules."""
        _choose(ctx.params)  # --help ends before all is parsed
        rows = list(VERBS.items())
        rows += [(name, _help(app)) for name, app in sorted(plugin_verbs().items())]
        with formatter.section("Verbs"):
            formatter.write_dl(rows)


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"max_content_width": 120},
)


# Options that may stand after the verb, too.
_ANYWHERE = ("--plugin", "--allow-memory", "--allow-minutes")
_ANYWHERE_EQUALS = tuple(f"{option}=" for option in _ANYWHERE)


def _general_first(args: Sequence[str]) -> list[str]:
    """Put what may stand anywhere, such as ``--plugin FILE``, before the verb."""
    first: list[str] = []
    rest: list[str] = []
    left = iter(args)
    for arg in left:
        if arg == "--":
            return [*first, *rest, arg, *left]
        if arg in _ANYWHERE:
            first += [arg, *([value] if (value := next(left, None)) is not None else [])]
        else:
            (first if arg.startswith(_ANYWHERE_EQUALS) else rest).append(arg)
    return [*first, *rest]


def _choose(given: Mapping[str, list[str]]) -> None:
    """Find plugins according to the options before the verb."""
    block, path, strict = (given.get(n) or [] for n in ("no_plugin", "plugin_path", "strict"))
    if block or path or strict:
        from mmgan_core.plugins.manager import choose

        choose(block=block, path=[Path(folder) for folder in path], strict=bool(strict))
    for file in given.get("plugin") or ():
        from mmgan_core.plugins.local_code import use_file

        use_file(Path(file))


def _allow(given: Mapping[str, float | None]) -> None:
    """Let models take more, according to the options."""
    memory, minutes = given.get("allow_memory"), given.get("allow_minutes")
    if memory is not None or minutes is not None:
        from mmgan_core.zoo.budget import allow

        allow(memory=memory, minutes=minutes)


def _help(app: typer.Typer) -> str:
    """Return the first line of the help of a plugin's verb, if it has any."""
    callback, commands = app.registered_callback, app.registered_commands
    said = [app.info.help, callback and callback.help, callback and callback.callback.__doc__]
    if len(commands) == 1:
        said += [commands[0].help, commands[0].callback.__doc__]
    return next((text.strip().partition("\n")[0] for text in said if isinstance(text, str)), "")


def _print_version(wanted: bool) -> None:
    if wanted:
        from mmgan_core import __version__

        typer.echo(f"mmgan-zoo {__version__}")
        raise typer.Exit


@app.callback()
def options(
    no_plugin: Annotated[
        list[str] | None,
        typer.Option(is_eager=True, metavar="NAME", help="Do not use this plugin."),
    ] = None,
    plugin_path: Annotated[
        list[Path] | None,
        typer.Option(
            is_eager=True,
            metavar="DIR",
            help="Also look for plugins in this directory.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    plugin: Annotated[
        list[Path] | None,
        typer.Option(
            is_eager=True,
            metavar="FILE",
            help="Also use the plugin that this one file is: it is executed. It may stand after "
            "the verb, too.",
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", is_eager=True, help="Stop at the first plugin that is broken."),
    ] = False,
    allow_memory: Annotated[
        float | None,
        typer.Option(
            metavar="GB",
            help="Let a model of somebody else take so much memory, in loading and in one sample; "
            "4 otherwise. It may stand after the verb, too.",
        ),
    ] = None,
    allow_minutes: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES", help="Let one of its samples take so long; 2 minutes otherwise."
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    """Build, train and use GANs over image, audio, text and labels, in any combination."""


def run() -> None:
    """Run the command line; exit codes: 0 ok, 1 failed, 2 usage, 3 plugin missing, 4 integrity."""
    command = typer.main.get_command(app)
    try:
        with notes():
            command(prog_name="mmgan-zoo")
    except MmganError as error:
        sys.exit(_print_error(str(error), error.exit_code))
    except Exception as error:
        if isinstance(error, OSError) and error.filename:
            sys.exit(_print_error(f"{error.filename}: {error.strerror}", 1))
        failed = failure_of_the_machine(error)
        if failed:
            sys.exit(_print_error(str(failed), failed.exit_code))
        if os.environ.get("MMGAN_DEBUG"):
            raise
        sys.exit(_print_error(f"{type(error).__name__}: {error}\n  {_kept(error)}", 1))


def _print_error(message: str, code: int) -> int:
    typer.echo(printable(f"error: {message}"), err=True)
    return code


def _kept(error: Exception) -> str:
    """Write the traceback of an unexpected error to a file; returns a sentence that names it."""
    lines = "".join(traceback.format_exception(error))
    with tempfile.NamedTemporaryFile(
        "w", prefix="mmgan-zoo-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(lines)
    return f"this is a bug in mmgan-zoo or a plugin; the traceback is in {file.name}"


if __name__ == "__main__":
    run()
