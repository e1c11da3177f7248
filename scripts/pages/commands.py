"""The page of the command line, from Typer's own description of every verb."""

from __future__ import annotations

import re

HEAD = """# Command line

Every verb prints its help with `--help`. Verbs that make something print JSON with `--json`.

| exit code | meaning |
| --- | --- |
| 0 | the command finished |
| 1 | it failed |
| 2 | an argument, a recipe or an option is wrong |
| 3 | a plugin is missing, blocked or broken |
| 4 | a file is damaged, or does not match its hash |
| 130, 143 | Ctrl-C or SIGTERM stopped the training, after saving it |

"""


def page() -> str:
    """Return the text of the page: the core's verbs, without those of installed plugins."""
    import typer
    from typer.cli import get_docs_for_click

    from mmgan_core.cli.main import app
    from mmgan_core.cli.verbs import VERBS

    group = typer.main.get_command(app)
    context = typer.Context(group)
    before, _, _ = get_docs_for_click(
        obj=group, ctx=context, indent=1, name="mmgan-zoo", title="Before the verb"
    ).partition("**Commands**")
    verbs = [
        get_docs_for_click(
            obj=group.get_command(context, verb), ctx=context, indent=1, name=f"mmgan-zoo {verb}"
        )
        for verb in VERBS
    ]
    return HEAD + re.sub(r"^Examples?: (.*)$", _examples, before + "".join(verbs), flags=re.M)


def _examples(found: re.Match[str]) -> str:
    """Return the examples of a verb, each on a line of its own."""
    lines = "\n".join(found[1].split(" | "))
    return f"**Examples**:\n\n```sh\n{lines}\n```"
