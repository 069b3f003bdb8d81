"""The lesson of the repository: it loads, and every number of its notes is what the model gives."""

import re
from pathlib import Path

import pytest

from app import analyze
from app.engine.catalog import build_catalog
from app.services.lesson import LessonText, read_lesson
from app.settings import Settings

FILE = Path(__file__).parents[2] / "examples" / "lesson.toml"
LESSON = read_lesson(FILE, build_catalog(Settings()))
CELLS = [[(6, 2), (6, 5)], [(5, 4)], [(6, 0)], [(4, 1), (4, 4)], [(15, 4)]]
"""Of each text the cells whose weights its note states, in their order."""


def words(text: LessonText) -> dict[str, str]:
    assert isinstance(text.title, dict) and isinstance(text.note, dict)
    assert set(text.title) == set(text.note) == {"en", "zh"}
    return {str(language): note for language, note in text.note.items()}


@pytest.mark.parametrize(("text", "cells"), list(zip(LESSON.texts, CELLS, strict=True)))
def test_every_number_of_a_note_is_the_weight_it_speaks_of(
    text: LessonText, cells: list[tuple[int, int]]
) -> None:
    weights = analyze(text.text, text.model).attention(text.layer, text.head)[0, 0]
    measured = [f"{weights[cell]:.3f}" for cell in cells]
    assert cells[0] == (text.query, text.key)
    for note in words(text).values():
        assert re.findall(r"\d\.\d+", note) == measured


def test_it_teaches_on_both_packaged_models_and_opens_on_its_first_text() -> None:
    assert LESSON.offered() == ("minilm-l6", "smollm2-135m-q4")
    assert LESSON.opening == 1
