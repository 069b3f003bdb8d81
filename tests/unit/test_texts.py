"""Both languages of the page have the same texts."""

import re
from pathlib import Path

import pytest

TEXTS = Path(__file__).parents[2] / "static" / "js" / "texts"


def keys(name: str) -> list[str]:
    return re.findall(r'^  "([^"]+)":', (TEXTS / name).read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", ["{}.js", "learn.{}.js", "save.{}.js"])
def test_english_and_chinese_have_the_same_keys(name: str) -> None:
    english, chinese = (sorted(keys(name.format(language))) for language in ("en", "zh"))
    assert len(english) > 10
    assert english == chinese
    assert len(set(english)) == len(english)
