"""Both languages of the page have the same texts."""

import re
from pathlib import Path

import pytest

TEXTS = Path(__file__).parents[2] / "static" / "js" / "texts"
CATALOGUES = sorted(path.name.removesuffix("en.js") for path in TEXTS.glob("*en.js"))


def keys(name: str) -> list[str]:
    return re.findall(r'^  "([^"]+)":', (TEXTS / name).read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_english_and_chinese_have_the_same_keys(catalogue: str) -> None:
    english, chinese = (sorted(keys(f"{catalogue}{language}.js")) for language in ("en", "zh"))
    assert len(english) > 5
    assert english == chinese
    assert len(set(english)) == len(english)


def test_all_catalogues_are_looked_at() -> None:
    assert {"", "learn."} <= set(CATALOGUES)
    assert len(CATALOGUES) == len(list(TEXTS.glob("*zh.js")))
