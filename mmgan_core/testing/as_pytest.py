"""The checks as pytest tests: one test for each component and check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cache, partial

import pytest

from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.spec import Kind
from mmgan_core.testing.check import Check
from mmgan_core.testing.plugin_checks import PLUGIN_CHECKS, run_plugin_check
from mmgan_core.testing.report import Result
from mmgan_core.testing.runner import Examination, Examples, checks_for, components
from mmgan_core.testing.subjects import subject_of

PROPERTY = "mmgan contract"
"""The property of a test's report that holds the plugin and the result, for the summary."""


def contract_tests(plugin: str, examples: Examples | None = None) -> Callable[..., None]:
    """Make a parametrised test function; assign it to a name that begins with ``test_``.

    Args:
        plugin: the name of the plugin's entry point.
        examples: options to build components with, by id, instead of those of ``examples()``.

    Example:
        >>> test_contract = contract_tests("core", {"core/hf": []})
    """

    @cache
    def examination(kind: Kind, component: str) -> Examination:
        spec = catalogue().get(kind, component)
        given = (examples or {}).get(component)
        return Examination(subject_of(catalogue(), kind, spec, given))

    def ran(check: Check, kind: Kind, component: str) -> Result:
        return examination(kind, component).run(check)

    runs: dict[str, Callable[[], Result]] = {}
    for one in PLUGIN_CHECKS:
        runs[f"plugin {plugin}: {one.name}"] = partial(run_plugin_check, one, plugin)
    for kind, spec in components(plugin):
        for check in checks_for(kind):
            runs[f"{kind} {spec.id}: {check.name}"] = partial(ran, check, kind, spec.id)

    @pytest.mark.parametrize("name", runs)
    def test_contract(name: str, record_property: Callable[[str, object], None]) -> None:
        result = runs[name]()
        record_property(PROPERTY, [plugin, asdict(result)])
        if result.outcome == "skipped":
            pytest.skip(result.reason)
        if result.outcome == "failed":
            pytest.fail(f"{result.reason}\nwhat to do: {result.advice}", pytrace=False)

    return test_contract
