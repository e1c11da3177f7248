"""Runs the checks of a plugin's components."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence

from mmgan_core.errors import UsageError, nearest
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.plugins.manager import Plugin, plugins
from mmgan_core.spec import Kind, Spec
from mmgan_core.testing.check import CHECKS, Broken, Check, NotApplicable
from mmgan_core.testing.report import Report, Result
from mmgan_core.testing.subjects import Subject, subject_of

Examples = Mapping[str, Sequence[Mapping[str, object]]]


def components(plugin: str) -> list[tuple[Kind, Spec]]:
    """The components that a plugin supplies.

    Raises:
        UsageError: if the plugin is not installed or cannot be used.
    """
    found = installed(plugin)
    if not found.in_use:
        raise UsageError(f"the plugin {plugin!r} is {found.status}", hint=found.reason)
    return [(kind, spec) for kind, spec in catalogue() if spec.plugin == plugin]


def installed(plugin: str) -> Plugin:
    """The plugin with a name.

    Raises:
        UsageError: if it is not installed; names the nearest.
    """
    catalogue()  # asking a plugin for its components may show that it is broken
    known = {one.name: one for one in plugins()}
    if plugin not in known:
        raise UsageError(f"there is no plugin {plugin!r}", hint=nearest(plugin, known))
    return known[plugin]


def checks_for(kind: Kind) -> list[Check]:
    """The checks for a kind of component."""
    from mmgan_core.testing import checks

    assert checks.__doc__  # importing the package has filled CHECKS
    return [check for check in CHECKS if kind in check.kinds]


def run_check(check: Check, subject: Subject) -> Result:
    """Run a check on the cases of a component, until one fails."""
    name = str(subject)
    excuse = check.unless(subject.spec)
    if excuse:
        return Result(name, check.name, "skipped", excuse)
    if not subject.examples and not check.once:
        return Result(name, check.name, "skipped", "it has no examples that can run here")
    excuses, ran = [], False
    for case in [subject] if check.once else subject.cases:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                check.run(case)
            ran = True
        except NotApplicable as excused:
            excuses.append(str(excused))
        except Exception as error:
            fault = str(error) if isinstance(error, Broken) else f"{type(error).__name__}: {error}"
            reason = fault if check.once else f"{fault} ({case})"
            return Result(name, check.name, "failed", reason, check.advice)
    if ran:
        return Result(name, check.name, "passed")
    return Result(name, check.name, "skipped", excuses[0] if excuses else "it has no cases")


def check_component(
    kind: Kind, component: str, examples: Sequence[Mapping[str, object]] | None = None
) -> list[Result]:
    """Run every check of one component.

    Args:
        examples: options to build it with; default: those of its ``examples()``.
    """
    subject = subject_of(catalogue(), kind, catalogue().get(kind, component), examples)
    return [run_check(check, subject) for check in checks_for(kind)]


def check_plugin(plugin: str, examples: Examples | None = None) -> Report:
    """Run every check of a plugin and of all its components.

    Args:
        plugin: the name of its entry point.
        examples: options to build components with, by id, instead of those of ``examples()``.

    Raises:
        UsageError: if the plugin is not installed or cannot be used.
    """
    return Report(plugin, list(results(plugin, examples)))


def how_many(plugin: str) -> int:
    """How many results ``results`` yields."""
    from mmgan_core.testing.plugin_checks import PLUGIN_CHECKS

    return len(PLUGIN_CHECKS) + sum(len(checks_for(kind)) for kind, _ in components(plugin))


def results(plugin: str, examples: Examples | None = None) -> Iterator[Result]:
    """Yield the results of ``check_plugin`` one by one."""
    from mmgan_core.testing.plugin_checks import PLUGIN_CHECKS, run_plugin_check

    found = components(plugin)
    for one in PLUGIN_CHECKS:
        yield run_plugin_check(one, plugin)
    for kind, spec in found:
        yield from check_component(kind, spec.id, (examples or {}).get(spec.id))
