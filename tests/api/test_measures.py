"""Measures of heads over HTTP and in Python: sums of what the attention call gives."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

import app

from .conftest import MINILM, SMOLLM2, TEXT, Array, check_problem

Analyse = Callable[..., str]
READINGS: list[dict[str, str]] = [{}, {"hide": "special,first"}]
READINGS += [{**READINGS[1], "renormalise": "true"}]
FIELDS = {
    "stack", "layers", "heads", "hidden", "renormalise", "rows", "sampled", "entropy",
    "entropy_unit", "distance", "special", "first", "punctuation", "itself", "sink_mass",
}  # fmt: skip


def measures(client: httpx.Client, analysis: str, **query: str) -> dict[str, Any]:
    answer = client.get(f"{analysis}/measures", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
def test_they_are_sums_of_the_weights_as_they_are_read(
    client: httpx.Client,
    analyse: Analyse,
    weights: Callable[..., Array],
    model: str,
    reading: dict[str, str],
) -> None:
    analysis = analyse(model=model)
    found = measures(client, analysis, layers="1,3", **reading)
    assert set(found) == FIELDS
    rows = weights(analysis, layers="1,3", **reading).astype(np.float64)
    positions = np.arange(rows.shape[-1])
    logs = np.log2(rows, where=rows > 0, out=np.zeros_like(rows))
    apart = np.abs(np.subtract.outer(positions, positions))
    np.testing.assert_allclose(found["entropy"], -(rows * logs).sum(-1).mean(-1), atol=1e-6)
    distance = (rows * apart).sum((-2, -1)) / rows.sum((-2, -1))
    np.testing.assert_allclose(found["distance"], distance, rtol=1e-6)
    np.testing.assert_allclose(found["first"], rows[..., 0].mean(-1), atol=1e-6)
    np.testing.assert_allclose(found["itself"], np.diagonal(rows, 0, 2, 3).mean(-1), atol=1e-6)
    stop = 10 if model == MINILM else 9
    np.testing.assert_allclose(found["punctuation"], rows[..., stop].mean(-1), atol=1e-6)
    assert list(found["special"]) == (["[CLS]", "[SEP]"] if model == MINILM else [])
    assert (found["layers"], found["rows"][2], found["sampled"]) == ([1, 3], 1, False)
    assert not np.any(found["sink_mass"])


def test_python_gives_the_same_numbers(client: httpx.Client, analyse: Analyse) -> None:
    served = measures(client, analyse(), heads="2,0", hide="special", renormalise="true")
    here = app.analyze(TEXT).measures(heads=[2, 0], hide=["special"], renormalise=True)
    for name in ("entropy", "distance", "first", "punctuation", "itself", "sink_mass"):
        np.testing.assert_array_equal(getattr(here, name), served[name])
    assert (here.heads, here.hidden) == ((2, 0), (0, 11))
    assert here.entropy.shape == (6, 2)
    assert list(range(*here.rows)) == list(range(12))


def test_an_answer_is_kept_and_asked_for_by_its_tag(client: httpx.Client, analyse: Analyse) -> None:
    address = f"{analyse()}/measures"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(address, params={"hide": "special"})
    assert other.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize(
    "query",
    [{"layers": "9"}, {"heads": "12"}, {"stack": "cross"}, {"renormalise": "true"}, {"size": "3"}],
)
def test_what_is_not_there_is_refused(
    client: httpx.Client, analyse: Analyse, query: dict[str, str]
) -> None:
    check_problem(client.get(f"{analyse()}/measures", params=query), 422, "invalid-request")


def test_an_analysis_that_is_not_held_is_gone(client: httpx.Client) -> None:
    check_problem(client.get(f"/api/v1/analyses/{'0' * 32}/measures"), 410, "analysis-gone")
