"""Attention in words over HTTP: positions, names, bins, hidden keys and limits all count words."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from app.settings import Settings

from .conftest import MINILM, SMOLLM2, Array, check_problem, serving

Analyse = Callable[..., str]
Weights = Callable[..., Array]
MODELS = pytest.mark.parametrize("model", [MINILM, SMOLLM2])
TEXT = "Theodore's unbelievably old keys aren't here."
OLD, HERE = ("old", "keys"), ("here", ".")
WORDS = {
    MINILM: ["[CLS]", "Theodore", "'", "s", "unbelievably", *OLD, "aren", "'", "t", *HERE, "[SEP]"],
    SMOLLM2: ["Theodore", "'s", "unbelievably", *OLD, "aren", "'t", *HERE],
}


def described(client: httpx.Client, analysis: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(analysis).json()
    return found


def names(client: httpx.Client, text: str, model: str, **fields: str) -> list[str]:
    """Of the words, as the call for scripts has them."""
    body = {"model": model, "text": text, **fields, "unit": "word", "layers": [0], "heads": [0]}
    found: list[str] = client.post("/api/v1/attention", json=body).json()["tokens"]["queries"]
    return found


@MODELS
def test_an_analysis_says_which_tokens_each_word_has(
    client: httpx.Client, analyse: Analyse, model: str
) -> None:
    found = described(client, analyse(TEXT, model))
    words, tokens = found["words"]["input"], found["tokens"]["input"]
    assert found["words"]["target"] == []
    assert [index for span in words for index in range(*span)] == list(range(len(tokens)))
    for (start, stop), text in zip(words, WORDS[model], strict=True):
        first, last = tokens[start], tokens[stop - 1]
        written = TEXT[first["start"] : last["end"]].strip()
        assert written == ("" if first["special"] else text)
    assert names(client, TEXT, model) == WORDS[model]


@MODELS
def test_rows_of_words_are_means_of_sums_and_sum_to_one(
    client: httpx.Client, analyse: Analyse, weights: Weights, model: str
) -> None:
    analysis = analyse(TEXT, model)
    spans = [slice(*span) for span in described(client, analysis)["words"]["input"]]
    exact = weights(analysis).astype(np.float64)
    columns = np.stack([exact[..., span].sum(-1) for span in spans], axis=-1)
    expected = np.stack([columns[..., span, :].mean(-2) for span in spans], axis=-2)
    found = weights(analysis, unit="word")
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    np.testing.assert_allclose(found.sum(-1, dtype=np.float64), 1, rtol=0, atol=1e-5)


def test_the_answer_and_its_names_count_words(client: httpx.Client, analyse: Analyse) -> None:
    choice = {
        "layers": [3],
        "heads": [1],
        "unit": "word",
        "queries": [[1, 5]],
        "keys": [[0, 5]],
        "hide": ["special", "punctuation"],
    }
    body = {"model": MINILM, "text": TEXT, **choice}
    found = client.post("/api/v1/attention", json=body).json()
    assert found["unit"] == "word"
    assert (found["queries"], found["keys"]) == ([[1, 5]], [[0, 5]])
    assert found["hidden"] == [0, 2, 8, 11, 12]
    assert found["tokens"] == {"queries": WORDS[MINILM][1:5], "keys": WORDS[MINILM][:5]}
    query: dict[str, str | int] = {
        "unit": "word",
        "layers": 3,
        "heads": 1,
        "hide": "special,punctuation",
    }
    single = client.get(f"{analyse(TEXT)}/attention", params=query).json()
    rows = np.array(single["attention"])[0, 0, 1:5, :5]
    np.testing.assert_allclose(found["attention"][0][0], rows, rtol=0, atol=1e-6)
    assert not rows[:, [0, 2]].any()


def test_bins_and_csv_count_words(client: httpx.Client, analyse: Analyse, weights: Weights) -> None:
    analysis = analyse(TEXT)
    query: dict[str, Any] = {"unit": "word", "layers": 2, "heads": 5}
    whole = weights(analysis, **query)[0, 0]
    answer = client.get(
        f"{analysis}/attention", params={**query, "queries": "1:9", "size": 4, "format": "csv"}
    )
    meta = json.loads(answer.headers["X-Headscope-Meta"])
    assert (meta["query_bins"], meta["key_bins"]) == ([1, 9, 4], [0, 13, 4])
    rows = list(csv.reader(io.StringIO(answer.text)))[1:]
    assert [row[2:4] for row in rows[:5]] == [["1", key] for key in "0369"] + [["3", "0"]]
    edges = [0, 3, 6, 9, 13]
    cells = [
        whole[1 + 2 * i : 3 + 2 * i, edges[j] : edges[j + 1]].max() for i, j in np.ndindex(4, 4)
    ]
    np.testing.assert_allclose([float(row[4]) for row in rows], cells, rtol=0, atol=1e-6)


def test_the_limit_of_an_answer_is_held_against_words() -> None:
    limit = 72 * 13 * 13 * 4
    with serving(Settings(max_answer_bytes=limit)) as base, httpx.Client(base_url=base) as small:
        posted = small.post("/api/v1/analyses", json={"model": MINILM, "text": TEXT}, timeout=60)
        url = f"{posted.headers['Location']}/attention"
        assert small.get(url, params={"unit": "word", "format": "npy"}).status_code == 200
        check_problem(small.get(url, params={"format": "npy"}), 413, "answer-too-large")


def test_words_of_both_texts_of_a_pair(client: httpx.Client) -> None:
    found = names(client, "Theodore sang.", MINILM, text_pair="  Unbelievably loud")
    first, second = ["Theodore", "sang", "."], ["Unbelievably", "loud"]
    assert found == ["[CLS]", *first, "[SEP]", *second, "[SEP]"]


def test_invisible_characters_are_spelled_in_words_as_in_tokens(client: httpx.Client) -> None:
    texts = names(client, "a\n\n zero\u200bwidth", SMOLLM2)
    assert texts[:2] == ["a", "↵↵"]
    assert "<U+200B>" in "".join(texts)
