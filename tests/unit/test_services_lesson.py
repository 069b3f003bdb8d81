"""A lesson's file: what it may say, and that what is wrong is told with its place."""

from pathlib import Path

import pytest

from app.engine.catalog import build_catalog
from app.errors import LessonInvalid
from app.services.lesson import Lesson, read_lesson
from app.settings import Settings

TEXT = '[[texts]]\ntitle = "One"\ntext = "a b"\nmodel = "minilm-l6"\n'


def read(folder: Path, content: str | bytes) -> Lesson:
    path = folder / "lesson.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_lesson(path, build_catalog(Settings()))


def test_the_shortest_lesson_is_a_title_and_a_text(tmp_path: Path) -> None:
    lesson = read(tmp_path, f'title = "T"\n{TEXT}')
    assert lesson.offered() == ("minilm-l6",)
    assert lesson.opening == 1
    assert lesson.texts[0].title == "One"


def test_the_model_of_the_opening_text_is_offered_first_and_each_once(tmp_path: Path) -> None:
    other = TEXT.replace("minilm-l6", "smollm2-135m-q4")
    lesson = read(tmp_path, f'title = "T"\nopening = 2\n{TEXT}{other}{TEXT}')
    assert lesson.offered() == ("smollm2-135m-q4", "minilm-l6")


def test_words_are_one_text_or_one_by_language(tmp_path: Path) -> None:
    lesson = read(tmp_path, f'title = {{zh = "课"}}\n{TEXT}note = """\nOne.\nTwo."""')
    assert lesson.title == {"zh": "课"}
    assert lesson.texts[0].note == "One.\nTwo."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "title: is missing; texts: is missing."),
        ('title = "T"\ntexts = []', "texts: List should have at least 1 item"),
        (f'title = "T"\nlevel = 1\n{TEXT}', "level: is not known here; known are title, intro"),
        (f'title = "T"\n{TEXT}layr = 1', "text 1, layr: is not known here; known are title, text,"),
        ('title = "T"\n[[texts]]\ntitle = "x"\nmodel = "minilm-l6"', "text 1, text: is missing."),
        (
            f'title = "T"\n{TEXT}sinks = "gone"',
            "text 1, sinks: Input should be 'off', 'shown', 'hidden' or 'renormalised'",
        ),
        (f'title = "T"\n{TEXT}layer = "3"', "text 1, layer: Input should be a valid integer"),
        (f'title = "T"\n{TEXT}layer = 6', "text 1: layer is 6, but there are 6 layers, counted"),
        (f'title = "T"\n{TEXT}layer = 0\nhead = 12', "text 1: head is 12, but there are 12 heads"),
        (f'title = "T"\n{TEXT}head = 1', "text 1: head is given without layer: add layer,"),
        (f'title = {{fr = "T"}}\n{TEXT}', 'title: must be a text, or one by language: {en = "..."'),
        (
            f'title = "T"\n{TEXT.replace("minilm", "maxilm")}',
            'text 1: this server has no model "maxilm',
        ),
        (
            f'title = "T"\nmodels = ["gpt-9"]\n{TEXT}',
            'models: this server has no model "gpt-9". It',
        ),
        (
            f'title = "T"\nmodels = ["smollm2-135m-q4"]\n{TEXT}',
            "is not among models; add it there.",
        ),
        (f'title = "T"\nopening = 2\n{TEXT}', "opening is 2 of 1 texts."),
        ('title = "T"\ntitel', "is not valid TOML: "),
        ('title = "T"\ntitel\nmodels = []', "at line 2, column 6"),
        (b'title = "\xff"', "is not in UTF-8; save it so."),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, content: str | bytes, said: str
) -> None:
    with pytest.raises(LessonInvalid) as caught:
        read(tmp_path, content)
    assert str(tmp_path / "lesson.toml") in caught.value.detail
    assert said in caught.value.detail


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LessonInvalid, match=r"none\.toml cannot be read \(No such file"):
        read_lesson(tmp_path / "none.toml", build_catalog(Settings()))
