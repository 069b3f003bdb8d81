"""Every promise has a test that carries its code."""

from pathlib import Path

from .conftest import CODE
from .promises import PROMISES


def test_every_promise_is_held_by_a_test_and_every_test_holds_a_promise() -> None:
    files = Path(__file__).parent.glob("test_*.py")
    held = {code for file in files for code in CODE.findall(file.read_text("utf-8"))}
    assert held == set(PROMISES)
