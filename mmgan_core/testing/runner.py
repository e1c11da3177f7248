"""Runs the checks of a plugin's components."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence

from mmgan_core.errors import UsageError, nearest
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.plugins.manager import Plugin, plugins
from mmgan_core.spec import Kind, Spec
from mmgan_core.testing.check import CHECKS, Broken, Check, NotApplicable
from mmgan_core.testing.crash import crash_of
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
    found = [check for check in CHECKS if kind in check.kinds]
    return sorted(found, key=lambda check: not check.first)


class Examination:
    """The checks of one component, in which one cause of a crash is one failure."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._crashed: dict[tuple[str, str], str] = {}
        self._stopped = ""

    def run(self, check: Check) -> Result:
        """Run a check on the cases of the component, until one fails."""
        name = str(self.subject)
        excuse = self._stopped or self._excuse(check)
        if excuse:
            return Result(name, check.name, "skipped", excuse)
        result = self._tried(check, name)
        if check.first and result.outcome == "failed":
            self._stopped = f"not run, because another failed: {check.name}"
        return result

    def _excuse(self, check: Check) -> str:
        if check.once:
            return check.unless(self.subject.spec)
        none = "" if self.subject.examples else "it has no examples that can run here"
        return check.unless(self.subject.spec) or none

    def _tried(self, check: Check, name: str) -> Result:
        excuses, ran = [], False
        for case in [self.subject] if check.once else self.subject.cases:
            about = "" if check.once else f" ({case})"
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    check.run(case)
                ran = True
            except NotApplicable as excused:
                excuses.append(str(excused))
            except Exception as error:
                # A finding may be that something raises: it has the exception as its cause.
                crash = error.__cause__ if isinstance(error, Broken) else error
                earlier = self._first_to_crash(crash, check) if crash else ""
                if earlier:
                    return Result(name, check.name, "skipped", f"it crashes as in: {earlier}")
                what = error if isinstance(error, Broken) else crash_of(error)
                return Result(name, check.name, "failed", f"{what}{about}", check.advice)
        if ran:
            return Result(name, check.name, "passed")
        return Result(name, check.name, "skipped", excuses[0] if excuses else "it has no cases")

    def _first_to_crash(self, error: BaseException, check: Check) -> str:
        """The other check that met this crash before, or ""."""
        first = self._crashed.setdefault(crash_of(error).key, check.name)
        return "" if first == check.name else first


def run_check(check: Check, subject: Subject) -> Result:
    """Run one check alone."""
    return Examination(subject).run(check)


def run_checks(subject: Subject) -> Iterator[Result]:
    """Run every check of a component."""
    examination = Examination(subject)
    for check in checks_for(subject.kind):
        yield examination.run(check)


def check_component(
    kind: Kind, component: str, examples: Sequence[Mapping[str, object]] | None = None
) -> list[Result]:
    """Run every check of one component.

    Args:
        examples: options to build it with; default: those of its ``examples()``.
    """
    spec = catalogue().get(kind, component)
    return list(run_checks(subject_of(catalogue(), kind, spec, examples)))


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
