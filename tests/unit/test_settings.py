"""The settings, and the page of the documentation that lists them."""

import json
from pathlib import Path

import pytest

from app.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def row(name: str) -> str:
    """The line of the table that describes a setting."""
    field = Settings.model_fields[name]
    shown = "~/.cache/headscope" if name == "cache_dir" else field.default
    default = json.dumps(shown) if isinstance(shown, tuple | bool) else str(shown)
    meaning = " ".join((field.description or "").split())
    return f"| `HEADSCOPE_{name.upper()}` | `{default}` | {meaning} |"


def test_the_documentation_lists_every_setting_with_its_default_and_meaning() -> None:
    listed = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert listed == [row(name) for name in Settings.model_fields]


def test_a_home_is_asked_for_only_where_no_cache_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setenv("HEADSCOPE_CACHE_DIR", str(tmp_path))
    assert Settings().cache_dir == tmp_path
