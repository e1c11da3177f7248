"""What pytest prints at its end: how many contract tests ran. Imports nothing heavy."""

from __future__ import annotations

import sys
from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The counts of every plugin whose contract was tested in this session."""
    module = sys.modules.get("mmgan_core.testing.as_pytest")
    if module is None:
        return
    from mmgan_core.testing.report import Report

    terminalreporter.section("contracts")
    for plugin, results in module.RESULTS.items():
        if results:
            terminalreporter.write_line(Report(plugin, results).table())
