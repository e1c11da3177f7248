"""Contract tests for plugin authors.

In a test module of a plugin called ``sketch``::

    from mmgan_core.testing import contract_tests

    test_contract = contract_tests("sketch")

or on the command line, ``mmgan-zoo plugins check sketch``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmgan_core.testing.as_pytest import contract_tests
    from mmgan_core.testing.report import Report, Result
    from mmgan_core.testing.runner import check_component, check_plugin
    from mmgan_core.testing.standin import standin_device

_HOMES = {
    "Report": "report",
    "Result": "report",
    "check_component": "runner",
    "check_plugin": "runner",
    "contract_tests": "as_pytest",
    "standin_device": "standin",
}

__all__ = [
    "Report",
    "Result",
    "check_component",
    "check_plugin",
    "contract_tests",
    "standin_device",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'mmgan_core.testing' has no attribute {name!r}")
    return getattr(import_module(f"mmgan_core.testing.{_HOMES[name]}"), name)
