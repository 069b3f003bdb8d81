"""Tokens with true offsets, words and labels, for every kind of tokenizer."""

import pytest

from app.engine.inputs import Encoded, TextInputs
from app.engine.labels import spell
from app.errors import InvalidRequest, ModelRefused, TooManyTokens

from .conftest import Pretrained
from .tokenizers import trained


def texts(encoded: Encoded) -> list[str]:
    return [token.text for token in encoded.tokens]


def word_texts(encoded: Encoded, source: str) -> list[str]:
    """What each word's tokens cover of the text."""
    spans: dict[int, list[int]] = {}
    for token in encoded.tokens:
        if token.word is not None:
            spans.setdefault(token.word, []).extend((token.start, token.end))
    return [source[min(span) : max(span)].strip() for span in spans.values()]


def test_word_pieces_keep_their_marks_and_share_a_word(packaged: Pretrained) -> None:
    text = "The cabinet is unaffable."
    encoded = packaged("minilm-l6").inputs.tokenize(text)
    assert texts(encoded)[4:7] == ["una", "##ffa", "##ble"]
    assert word_texts(encoded, text) == ["The", "cabinet", "is", "unaffable", "."]


def test_byte_level_pieces_show_their_space_and_split_characters(packaged: Pretrained) -> None:
    inputs = packaged("smollm2-135m-q4").inputs
    assert texts(inputs.tokenize("the keys\n\tare")) == ["the", "␣keys", "↵", "⇥", "are"]
    assert texts(inputs.tokenize("🙂")) == ["🙂 1/2", "🙂 2/2"]
    spans = {(token.start, token.end) for token in inputs.tokenize("a🙂").tokens[1:]}
    assert spans == {(1, 2)}


@pytest.mark.parametrize("mark", ["\u0301", "\u093e", "\ufe0f"])
def test_a_mark_that_begins_a_token_has_a_circle_to_stand_on(mark: str) -> None:
    assert spell(mark) == f"◌{mark}"
    assert spell(f"e{mark}") == f"e{mark}"


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
@pytest.mark.parametrize("split", [True, False], ids=["metaspace", "no pre-tokenizer"])
def test_metaspace_words_are_what_stands_between_spaces(kind: str, split: bool) -> None:
    text = "the dog sat on the table"
    encoded = trained(kind, split).tokenize(text)
    assert "".join(texts(encoded)).lstrip("␣") == text.replace(" ", "␣")
    assert word_texts(encoded, text) == text.split()


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_metaspace_reads_chinese(kind: str) -> None:
    text = "注意力机制让模型看向其他词"
    encoded = trained(kind).tokenize(text)
    assert "".join(texts(encoded)).lstrip("␣") == text
    assert encoded.tokens[-1].end == len(text)


def test_byte_fallback_shows_the_character() -> None:
    encoded = trained("bpe").tokenize("sat 🙂")
    assert texts(encoded)[-4:] == ["🙂 1/4", "🙂 2/4", "🙂 3/4", "🙂 4/4"]


def test_special_tokens_in_the_text_are_tokens_or_letters(packaged: Pretrained) -> None:
    inputs = packaged("minilm-l6").inputs
    (masked,) = [t for t in inputs.tokenize("a [MASK] b").tokens if t.text == "[MASK]"]
    assert masked.special and not masked.added and masked.word is None
    assert "[MASK]" not in texts(inputs.tokenize("a [MASK] b", parse_special=False))


def test_what_the_tokenizer_does_not_know_is_marked(packaged: Pretrained) -> None:
    encoded = packaged("minilm-l6").inputs.tokenize("a 🙂 [UNK]")
    assert [token.unknown for token in encoded.tokens] == [False, False, True, False, False]
    assert [token.special for token in encoded.tokens] == [True, False, False, True, True]


def test_added_tokens_are_known_and_can_be_left_out(packaged: Pretrained) -> None:
    inputs = packaged("minilm-l6").inputs
    assert [token.added for token in inputs.tokenize("a").tokens] == [True, False, True]
    assert texts(inputs.tokenize("a", add_special_tokens=False)) == ["a"]
    assert not any(token.added for token in packaged("smollm2-135m-q4").inputs.tokenize("a").tokens)


def test_too_long_a_text_names_count_and_limit(packaged: Pretrained) -> None:
    inputs = packaged("minilm-l6").inputs
    with pytest.raises(TooManyTokens, match=r"602 tokens .* at most 512"):
        inputs.tokenize("a " * 600, limit=512)
    encoded = inputs.tokenize("a " * 600, "b " * 20, truncate=True, limit=512)
    assert (len(encoded.tokens), encoded.count, encoded.truncated) == (512, 623, True)
    assert sum(token.text == "b" for token in encoded.tokens) == 20
    assert [token.added for token in encoded.tokens].count(True) == 3


def test_no_tokens_and_half_characters_are_refused(packaged: Pretrained) -> None:
    inputs = packaged("smollm2-135m-q4").inputs
    with pytest.raises(InvalidRequest, match="no tokens"):
        inputs.tokenize("")
    with pytest.raises(InvalidRequest, match="surrogate"):
        inputs.tokenize("\ud800")


def test_a_tokenizer_without_offsets_is_refused() -> None:
    with pytest.raises(ModelRefused, match=r"tokenizer\.json"):
        TextInputs(object())
