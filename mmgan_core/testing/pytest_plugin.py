"""Makes pytest print at its end how many contract tests ran; imports nothing slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts of every plugin that was tested in this session, by any worker."""
    # Only a session with contract tests, its own or its workers', pays for the import.
    reports = [
        report
        for outcome in ("passed", "skipped", "failed")
        for report in terminalreporter.stats.get(outcome, ())
    ]
    found: dict[str, list[dict[str, str]]] = {}
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == "mmgan contract":
                found.setdefault(value[0], []).append(value[1])
    if not found:
        return
    from mmgan_core.testing.report import Report, Result

    terminalreporter.section("contracts")
    for plugin, results in sorted(found.items()):
        report = Report(plugin, [Result(**result) for result in results])  # type: ignore[arg-type]
        terminalreporter.write_line(report.table())
