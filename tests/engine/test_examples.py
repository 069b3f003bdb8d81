"""Every claim of an example, measured on the attention of its head with the real weights."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app import Analysis, analyze

from .sentences import PLAIN, PRONOUNS, REPEATED, SUBJECTS

FINDINGS = Path(__file__).parents[2] / "static" / "js" / "findings.js"
EXAMPLES: list[dict[str, Any]] = json.loads(
    FINDINGS.read_text("utf-8").partition("export default ")[2].rstrip(";\n")
)
Weights = NDArray[np.float32]


class Head:
    """The head of an example, on its own text and on others."""

    def __init__(self, example: dict[str, Any]) -> None:
        self.example = example

    def on(self, text: str, pair: str | None = None) -> tuple[Weights, Analysis]:
        """Its weights [query][key] and the analysis."""
        analysis = analyze(text, self.example["model"], pair)
        layer, head = self.example["layer"], self.example["head"]
        return analysis.attention(layer, head)[0, 0], analysis

    def here(self) -> tuple[Weights, Analysis]:
        return self.on(self.example["text"], self.example.get("text_pair"))


def words(analysis: Analysis) -> list[str]:
    return [token.text.strip("␣").lower() for token in analysis.tokens]


def to_previous(weights: Weights, _: Analysis) -> Weights:
    """What every token gives the one before it."""
    return np.diagonal(weights, -1)


def to_first(weights: Weights, _: Analysis) -> Weights:
    return weights[:, 0]


def to_punctuation(weights: Weights, analysis: Analysis) -> Weights:
    """What every word gives all the punctuation that it can see, where it can see any."""
    marks = [at for at, word in enumerate(words(analysis)) if word in set(".,;!?")]
    causal = not weights[0, 1:].any()
    rows = [
        token.index
        for token in analysis.tokens
        if token.index not in marks and not token.special
        if not causal or token.index > marks[0]
    ]
    shares: Weights = weights[np.ix_(rows, marks)].sum(axis=1)
    return shares


def to_repetition(weights: Weights, analysis: Analysis) -> Weights:
    """What the second token of a pair that was there before gives what followed it then."""
    ids = [token.id for token in analysis.tokens]
    found = []
    for query in range(1, len(ids)):
        before = [
            at for at in range(1, query - 1) if ids[at - 1 : at + 1] == ids[query - 1 : query + 1]
        ]
        found += [weights[query, before[-1] + 1]] if before else []
    return np.array(found)


LOOKS: dict[str, tuple[Callable[[Weights, Analysis], Weights], tuple[str, ...]]] = {
    "previous-token": (to_previous, PLAIN),
    "first-token": (to_first, PLAIN),
    "punctuation": (to_punctuation, PLAIN),
    "repetition": (to_repetition, REPEATED),
}


def look(head: Head, kind: str) -> float:
    """Mean, or least, of what it gives; elsewhere each of the other texts counts once."""
    name = kind.removesuffix("-least").removesuffix("-elsewhere")
    given, texts = LOOKS[name]
    if "-elsewhere" in kind:
        every = [given(*head.on(text)) for text in texts]
        values = [float(one.mean()) for one in every if one.size]
    else:
        values = list(map(float, given(*head.here())))
    return min(values) if kind.endswith("-least") else sum(values) / len(values)


def preferred(head: Head, cases: tuple[tuple[str, str, str, str], ...], ahead: int = 0) -> int:
    """In how many texts a word, or the token `ahead` of it, looks more at what is meant."""
    wins = 0
    for text, word, meant, other in cases:
        weights, analysis = head.on(text)
        query, right, wrong = map(words(analysis).index, (word, meant.lower(), other.lower()))
        wins += int(weights[query - ahead, right] > weights[query - ahead, wrong])
    return wins


def measured(head: Head, claim: dict[str, Any]) -> float:
    match claim["kind"]:
        case "weight":
            weights, _ = head.on(claim["text"]) if "text" in claim else head.here()
            return float(weights[claim["query"], claim["key"]])
        case "subject-before-other":
            return preferred(head, SUBJECTS, claim.get("ahead", 0))
        case "pronoun-right":
            return preferred(head, PRONOUNS)
        case kind:
            return look(head, kind)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["id"])
def test_a_head_does_what_its_example_claims(example: dict[str, Any]) -> None:
    head = Head(example)
    for claim in example["claims"]:
        found = measured(head, claim)
        if "at_least" in claim:
            assert 0 <= found - float(claim["at_least"]) < 0.01, claim
        else:
            decimals = len(claim["is"].partition(".")[2])
            assert f"{found:.{decimals}f}" == claim["is"], claim


def test_the_sentences_of_the_claims_are_as_many_as_the_page_says() -> None:
    assert (len(SUBJECTS), len(PRONOUNS), len(PLAIN), len(REPEATED)) == (24, 12, 6, 6)


def test_the_comma_head_is_measured_where_a_word_follows_punctuation() -> None:
    commas = next(example for example in EXAMPLES if example["id"] == "commas")
    assert sum(bool(to_punctuation(*Head(commas).on(text)).size) for text in PLAIN) == 4
