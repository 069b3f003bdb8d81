"""A text past the model's limit in parts: all of it, none torn, none refused."""

import pytest

from app.engine.loader import LoadedModel

from .conftest import Pretrained
from .families import KEEP_QKV
from .test_packaged import TEXTS

MINILM, SMOLLM2 = "minilm-l6", "smollm2-135m-q4"
LIMIT = 40
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467 "
HARD = [*TEXTS.values(), "\u6ce8" * 300, "a" * 3000, FAMILY * 60, " \n" * 90]


def check(model: LoadedModel, text: str) -> tuple[tuple[int, int], ...]:
    found = model.inputs.preview(text, None, LIMIT)
    assert (found.windows is None) == (found.count <= LIMIT)
    parts = found.windows or ((0, len(text)),)
    assert [start for start, _ in parts] == [0, *(stop for _, stop in parts[:-1])]
    assert parts[-1][1] == len(text)
    for start, stop in parts:
        assert start < stop
        part = text[start:stop]
        if part.strip():
            model.inputs.tokenize(part, limit=LIMIT)
    return parts


@pytest.mark.parametrize("name", [MINILM, SMOLLM2])
@pytest.mark.parametrize("text", HARD)
def test_every_part_fits_and_together_they_are_the_text(
    packaged: Pretrained, name: str, text: str
) -> None:
    check(packaged(name), text)


@pytest.mark.parametrize("name", ["bert", "llama-grouped"])
def test_parts_of_other_tokenizers(tiny: Pretrained, name: str) -> None:
    assert name in KEEP_QKV
    assert len(check(tiny(name), "abc def. " * 50)) > 3


def test_parts_end_behind_sentences_and_are_not_short(packaged: Pretrained) -> None:
    sentence = "The keys to the cabinet are on the table. "
    model = packaged(MINILM)
    parts = check(model, sentence * 30)
    assert {(stop - start) % len(sentence) for start, stop in parts} == {0}
    lengths = [len(model.inputs.tokenize((sentence * 30)[a:b]).tokens) for a, b in parts]
    assert max(lengths) > LIMIT * 3 / 4
    word = "unbelievable " * 100
    assert {(stop - start) % len("unbelievable ") for start, stop in check(model, word)} == {0}
