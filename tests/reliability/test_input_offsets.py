"""Where a token says it stands in the text, counted in code points, is where it stands."""

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.catalog import build_catalog
from app.engine.inputs import TextInputs
from app.engine.labels import spell
from app.engine.loader import load
from app.errors import InvalidRequest
from app.records import Token
from app.settings import Settings
from tests.engine.tokenizers import trained

from .conftest import Figure
from .torture import HUGE, REFUSED, TEXTS

LIMIT = 512
Kind = Literal["WordPiece", "byte-level BPE", "Unigram", "BPE"]
KINDS: list[Kind] = ["WordPiece", "byte-level BPE", "Unigram", "BPE"]
PACKAGED = {"WordPiece": "minilm-l6", "byte-level BPE": "smollm2-135m-q4"}


@pytest.fixture(scope="module")
def inputs() -> Callable[[Kind], TextInputs]:
    catalog = build_catalog(Settings())

    @cache
    def of(kind: Kind) -> TextInputs:
        if kind not in PACKAGED:
            return trained(kind.lower())
        return load(catalog.locate(PACKAGED[kind]), id=PACKAGED[kind], device="cpu").inputs

    return of


def check(
    tokens: Sequence[Token], texts: Sequence[str], kind: Kind, cut: bool, unread: frozenset[str]
) -> None:
    """`unread` are characters that the vocabulary has no token for."""

    def left_out(char: str) -> bool:
        return char in unread or (dropped(char) if kind == "WordPiece" else char.isspace())

    for segment, text in enumerate(texts):
        own = [token for token in tokens if token.segment == segment and not token.added]
        reached = 0
        for token in own:
            assert 0 <= token.start <= token.end <= len(text)
            assert token.start >= reached or token.end >= reached
            source = text[token.start : token.end]
            assert shows(token, source, kind), (token, source)
            gap = text[reached : token.start]
            assert all(map(left_out, gap)), (token, gap)
            reached = max(reached, token.end)
        rest = text[reached:]
        assert cut or all(map(left_out, rest)), rest


def dropped(char: str) -> bool:
    """Whether BERT's normaliser leaves this character out of every token."""
    return char.isspace() or unicodedata.category(char)[0] in "CZ" or normalised(char) == ""


def normalised(text: str) -> str:
    """As BERT reads it: no marks, no capitals."""
    plain = [char for char in unicodedata.normalize("NFD", text) if not is_mark(char)]
    return "".join(char.lower() for char in plain if unicodedata.category(char)[0] != "C")


def is_mark(char: str) -> bool:
    return unicodedata.category(char) == "Mn"


def shows(token: Token, source: str, kind: Kind) -> bool:
    """Whether the label is the text at the token's place."""
    if token.unknown or token.special or " " in token.text:  # "🙂 1/3": a part of a character
        return True
    if kind == "WordPiece":
        return token.text.removeprefix("##") == spell(normalised(source))
    # Metaspace puts a mark before a text's first word, which stands for no space of the text.
    return token.text == "␣" or token.text.lstrip("␣") == spell(source).lstrip("␣")


def unread(inputs: TextInputs, texts: Sequence[str]) -> frozenset[str]:
    """Control characters and the like that leave no token of their own behind a letter."""
    odd = {char for char in "".join(texts) if not char.isprintable()}
    return frozenset(char for char in odd if len(inputs.tokenize(f"a{char}").tokens) == 1)


def read(inputs: TextInputs, kind: Kind, texts: Sequence[str], **options: Any) -> int:
    """Tokens of these texts, all checked."""
    try:
        encoded = inputs.tokenize(*texts, **options)
    except InvalidRequest:
        # Nothing to look at, which a person is told; half a surrogate pair is never anything.
        assert not any(char.isalnum() for text in texts for char in text if char < "\ud800")
        return 0
    check(encoded.tokens, texts, kind, encoded.truncated, unread(inputs, texts))
    return len(encoded.tokens)


@pytest.mark.parametrize("kind", KINDS)
def test_I3_offsets_hold_for_the_torture_list(
    kind: Kind, inputs: Callable[[Kind], TextInputs], figure: Figure
) -> None:
    count = 0
    for name in TEXTS.keys() - REFUSED - HUGE:
        for options in ({}, {"parse_special": False}, {"add_special_tokens": False}):
            for cut in ({}, {"truncate": True, "limit": 20}):
                count += read(inputs(kind), kind, [TEXTS[name]], **options, **cut)
        if inputs(kind).pairs:
            count += read(inputs(kind), kind, ["a b", TEXTS[name]])
    for name in HUGE if kind in PACKAGED else ():
        count += read(inputs(kind), kind, [TEXTS[name]], truncate=True, limit=LIMIT)
    figure(f"{kind}: {count:,} tokens")


texts = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.characters(categories=["Mn", "Cf", "Cc", "Zs", "Lo", "So"])
    | st.sampled_from("aA é\u0301İßﬁﷺ中🙂\u200d\t\n#▁Ġ<>[]|"),
    max_size=40,
)


@pytest.mark.parametrize("kind", KINDS)
def test_I3_offsets_hold_for_any_text(kind: Kind, inputs: Callable[[Kind], TextInputs]) -> None:
    @settings(max_examples=250)
    @given(texts, texts, st.booleans(), st.booleans(), st.none() | st.integers(4, 20))
    def hold(text: str, pair: str, special: bool, added: bool, limit: int | None) -> None:
        both = [text, pair] if inputs(kind).pairs else [text]
        read(
            inputs(kind), kind, both, parse_special=special, add_special_tokens=added,
            truncate=True, limit=limit,
        )  # fmt: skip

    hold()


@given(texts)
def test_I3_a_label_holds_nothing_that_acts(
    inputs: Callable[[Kind], TextInputs], text: str
) -> None:
    if not text:
        return
    for kind in KINDS:
        for token in inputs(kind).tokenize(f"a{text}").tokens:
            assert token.text
            kinds = {unicodedata.category(char) for char in token.text}
            assert not kinds & {"Cc", "Zl", "Zp", "Cs"}
