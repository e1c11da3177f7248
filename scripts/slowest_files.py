"""A plugin of pytest that says which files of tests take the most processor time.

`scripts/check.py` asks for ten of them. The time is that of the process which runs a test and of
the processes that the test waits for, so other work on the machine matters little; but what a
fixture of a module or of a session takes is counted where it was first asked for.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

PROPERTY = "processor seconds"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option; without it, nothing is said."""
    what = "name so many files of tests that take the most processor time"
    parser.addoption("--slowest-files", type=int, default=0, metavar="N", help=what)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Remember when a test begins, before its fixtures are made."""
    item.stash[_BEGAN] = _spent()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Let the last report of a test say what it took; workers send it along."""
    report: pytest.TestReport = yield  # type: ignore[assignment, misc]
    if report.when == "teardown":
        report.user_properties.append((PROPERTY, _spent() - item.stash[_BEGAN]))
    return report  # type: ignore[return-value]


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print the files."""
    wanted = terminalreporter.config.getoption("--slowest-files")
    if not wanted:
        return
    spent: Counter[str] = Counter()
    for report in (one for every in terminalreporter.stats.values() for one in every):
        for name, value in getattr(report, "user_properties", ()):
            if name == PROPERTY:
                spent[report.nodeid.partition("::")[0]] += value
    total = sum(spent.values())
    terminalreporter.section(f"slowest files of {total:,.0f} s of processor time")
    for file, seconds in spent.most_common(wanted):
        terminalreporter.write_line(f"{seconds:7.1f} s  {file}")


_BEGAN = pytest.StashKey[float]()


def _spent() -> float:
    return sum(os.times()[:4])
