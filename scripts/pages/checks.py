"""The table of the contract kit's checks, made from the checks themselves."""

from __future__ import annotations

HEAD = "| what must hold | for | what to do if it does not |\n| --- | --- | --- |"


def table() -> str:
    """Return a row for each check: what must hold, of which kinds, and the advice."""
    from mmgan_core.spec import KINDS
    from mmgan_core.testing.check import CHECKS
    from mmgan_core.testing.plugin_checks import PLUGIN_CHECKS
    from mmgan_core.testing.runner import checks_for

    checks_for("generator")  # fills CHECKS
    rows = [(one.name, "the plugin as a whole", one.advice) for one in PLUGIN_CHECKS]
    for check in sorted(CHECKS, key=lambda one: not one.first):
        every = set(check.kinds) == set(KINDS)
        kinds = "every kind" if every else ", ".join(kind.replace("_", " ") for kind in check.kinds)
        rows.append((check.name, kinds, check.advice))
    return "\n".join([HEAD, *(f"| {' | '.join(map(_escaped, row))} |" for row in rows)])


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")
