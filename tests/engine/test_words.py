"""Attention in words equals a plain float64 computation, whatever a tokenizer makes of words."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import app
from app.records import Token

from .families import KEEP_QKV, KEEP_WEIGHTS, save
from .tokenizers import metaspace

Doubles = NDArray[np.float64]
Analysed = Callable[..., app.Analysis]
TEXT = (
    "The unbelievably attentive cat's keys aren't on the table, Theodore.\n"
    "注意力机制让模型看向句子里的其他词。 模型 🙂  attention"
)
PACKAGED = ["minilm-l6", "smollm2-135m-q4"]
TINY = {
    "unigram": ("bert", "unigram", True),
    "unigram of whole texts": ("llama-grouped", "unigram", False),
    "bpe": ("mistral-window", "bpe", True),
    "bpe of whole texts": ("gpt_oss-sinks", "bpe", False),
    "weights only": ("bloom", "bpe", True),
}


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    """A text by a packaged model, or by a tiny one with a Metaspace tokenizer."""

    @cache
    def folder(name: str) -> str:
        family, kind, split = TINY[name]
        base, values = {**KEEP_QKV, **KEEP_WEIGHTS}[family]
        room = {"vocab_size": 700, "max_position_embeddings": 256}
        made = save(tmp_path_factory.mktemp(family), (base, values | room))
        metaspace(kind, split).save_pretrained(made)
        return str(made)

    def analyse(name: str, text: str = TEXT, **fields: Any) -> app.Analysis:
        return app.analyze(text, folder(name) if name in TINY else name, **fields)

    return analyse


def runs(tokens: Sequence[Token]) -> list[list[int]]:
    """Indices of the tokens of each word; one without a word is alone."""
    by_word = groupby(tokens, lambda token: (token.word, token.word is None and token.index))
    return [[token.index for token in run] for _, run in by_word]


def in_words(weights: Doubles, tokens: Sequence[Token]) -> Doubles:
    """Means of rows of sums of columns, word by word."""
    words = runs(tokens)
    columns = np.stack([weights[..., word].sum(-1) for word in words], axis=-1)
    return np.stack([columns[..., word, :].mean(-2) for word in words], axis=-2)


def doubles(analysis: app.Analysis, **asked: Any) -> Doubles:
    return analysis.attention(**asked).astype(np.float64)


@pytest.mark.parametrize("name", [*PACKAGED, *TINY])
def test_words_are_sums_over_keys_and_means_over_queries(analysed: Analysed, name: str) -> None:
    found = analysed(name)
    words = found.attention(unit="word")
    assert words.shape[-1] == len(found.words) < len(found.tokens)
    np.testing.assert_allclose(words, in_words(doubles(found), found.tokens), rtol=0, atol=1e-5)
    total = words.sum(-1) + found.attention(unit="word", part="sink_mass")[..., 0]
    np.testing.assert_allclose(total, 1, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", [*PACKAGED, *TINY])
def test_rows_still_sum_to_one_where_keys_are_hidden_and_renormalised(
    analysed: Analysed, name: str
) -> None:
    found = analysed(name, f"Now {TEXT}")
    hiding: dict[str, Any] = {"hide": "special,punctuation", "renormalise": True}
    words = found.attention(unit="word", **hiding)
    expected = in_words(doubles(found, **hiding), found.tokens)
    np.testing.assert_allclose(words, expected, rtol=0, atol=1e-5)
    total = words.sum(-1) + found.attention(unit="word", part="sink_mass")[..., 0]
    np.testing.assert_allclose(total, 1, rtol=0, atol=1e-5)


def test_a_first_word_of_two_tokens_sums_to_one_without_its_first_token(analysed: Analysed) -> None:
    """Of a decoder's first token nothing is left where it is hidden: it sees nothing else."""
    found = analysed("smollm2-135m-q4", "Theodosian walls")
    assert found.words[0].tokens[1] >= 2
    hiding: dict[str, Any] = {"hide": "first", "renormalise": True}
    assert not found.attention(**hiding)[:, :, 0].any()
    words = found.attention(unit="word", **hiding)
    np.testing.assert_allclose(words.sum(-1), 1, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", [*PACKAGED, *TINY])
def test_a_window_is_that_window_of_the_whole(analysed: Analysed, name: str) -> None:
    found = analysed(name)
    whole = found.attention(unit="word")
    last = len(found.words)
    window = found.attention(unit="word", layers=-1, queries=[(2, 5), -1], keys=[(1, 4), (0, 2)])
    rows, columns = [2, 3, 4, last - 1], [1, 2, 3, 0, 1]
    np.testing.assert_allclose(window[0], whole[-1][:, rows][..., columns], rtol=0, atol=1e-5)
    row = found.attention(unit="word", layers=0, heads=1, queries=last - 1)
    np.testing.assert_allclose(row[0, 0, 0], whole[0, 1, -1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", [*PACKAGED, *TINY])
def test_a_word_may_see_a_word_if_any_of_its_tokens_may(analysed: Analysed, name: str) -> None:
    found = analysed(name)
    seen, words = found.attention(part="mask")[:, 0], runs(found.tokens)
    expected = [[seen[:, a][..., b].max((1, 2)) for b in words] for a in words]
    mask = found.attention(part="mask", unit="word")
    np.testing.assert_array_equal(mask[:, 0], np.moveaxis(np.array(expected), -1, 0))
    weights = found.attention(unit="word")
    assert not (weights > 0)[np.broadcast_to(mask == 0, weights.shape)].any()


def test_both_texts_of_a_pair_are_in_words(analysed: Analysed) -> None:
    found = analysed("minilm-l6", "Theodore's keys", text_pair="were unbelievably heavy.")
    words = found.attention(unit="word")
    np.testing.assert_allclose(words, in_words(doubles(found), found.tokens), rtol=0, atol=1e-5)
    texts = [word.text for word in found.words]
    first, second = ["Theodore", "'", "s", "keys"], ["were", "unbelievably", "heavy", "."]
    assert texts == ["[CLS]", *first, "[SEP]", *second, "[SEP]"]


@pytest.mark.parametrize("name", [*PACKAGED, *TINY])
def test_words_are_named_as_they_stand_in_the_text(analysed: Analysed, name: str) -> None:
    found = analysed(name)
    assert [list(range(*word.tokens)) for word in found.words] == runs(found.tokens)
    for word in found.words:
        first, last = found.tokens[word.tokens[0]], found.tokens[word.tokens[1] - 1]
        written = TEXT[first.start : last.end].split()
        assert word.text.startswith(written[0] if written else first.text)
    named = "".join(word.text for word in found.words)
    for word_or_letter in ("unbelievably", "Theodore", "注", "词"):
        assert word_or_letter in named


def test_an_unpacked_long_word_keeps_to_its_rows(analysed: Analysed) -> None:
    """A text without a space is one word of Metaspace: all of its weight is on itself."""
    found = analysed("unigram of whole texts", "注意力机制让模型看向其他词" * 4)
    assert len(found.words) == 1
    np.testing.assert_allclose(found.attention(unit="word"), 1, rtol=0, atol=1e-6)
