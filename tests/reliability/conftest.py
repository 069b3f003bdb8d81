"""Every test here is named by the code of the promise that it holds: `test_L1_...`.

At the end stands a table: promise, the figures that its tests measured, verdict.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.api.conftest import address, analyse, client, weights
from tests.browser.conftest import launched

from .promises import PROMISES

__all__ = ["address", "analyse", "client", "weights"]

CODE = re.compile(r"\btest_([A-Z]\d+)_")
Figure = Callable[[str], None]


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Notes what was measured, for the table: `figure("median 12 ms")`."""
    return lambda text: request.node.user_properties.append(("figure", text))


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """Not for longer than a test: while it runs no other test of this process can have a loop."""
    with launched() as browser:
        yield browser


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    figures: defaultdict[str, list[str]] = defaultdict(list)
    outcomes: defaultdict[str, list[str]] = defaultdict(list)
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            if found := CODE.search(report.nodeid.partition("[")[0]):
                outcomes[found[1]].append(outcome)
                figures[found[1]] += [text for _, text in report.user_properties]
    terminalreporter.section("promises")
    for code, promise in PROMISES.items():
        if not outcomes[code]:
            continue
        count = len(outcomes[code])
        verdict = "kept" if set(outcomes[code]) == {"passed"} else "BROKEN"
        figure = "; ".join(dict.fromkeys(figures[code])) or f"{count} case{'s' * (count > 1)}"
        terminalreporter.write_line(f"{code:<4}{verdict:<7}{promise}: {figure}")
