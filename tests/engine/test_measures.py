"""Measures of heads against float64 sums over the model's own weights."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.engine.run import analyse
from app.records import AnalysisRequest, Run
from app.services.choice import Heads
from app.services.measures import Measures, ask, measure

from .conftest import Pretrained, eager_reference
from .families import KEEP_QKV, KEEP_WEIGHTS
from .sentences import PLAIN

MINILM, SMOLLM2 = "minilm-l6", "smollm2-135m-q4"
KEYS = PLAIN[1]
LETTERS = "the quick, brown fox jumps over a lazy dog. 12345"


def measured(run: Run, request: AnalysisRequest) -> Measures:
    return measure(run, ask(run, request, Heads(), 10**9))


@pytest.mark.parametrize("name", [*KEEP_QKV, *KEEP_WEIGHTS])
def test_every_family_is_measured_as_its_eager_weights_are(
    tiny: Pretrained, tiny_folder: Callable[[str], Path], name: str
) -> None:
    request = AnalysisRequest(name, LETTERS)
    run = analyse(tiny(name), request)
    found = measured(run, request)
    tokens = run.tokens["input"]
    eager = np.stack([w.numpy() for w in eager_reference(tiny_folder(name), run)])
    weights: NDArray[np.float64] = eager.astype(np.float64)
    apart = np.abs(np.subtract.outer(np.arange(len(tokens)), np.arange(len(tokens))))
    logs = np.log2(weights, where=weights > 0, out=np.zeros_like(weights))
    expected = {
        "entropy": -(weights * logs).sum(-1).mean(-1),
        "distance": (weights * apart).sum((-2, -1)) / weights.sum((-2, -1)),
        "first": weights[..., 0].mean(-1),
        "punctuation": weights[..., [t.text in ",." for t in tokens]].sum(-1).mean(-1),
        "itself": np.diagonal(weights, axis1=-2, axis2=-1).mean(-1),
        "sink_mass": 1 - weights.sum(-1).mean(-1),
    }
    for measure_, value in expected.items():
        np.testing.assert_allclose(
            getattr(found, measure_), value, rtol=1e-4, atol=1e-5, err_msg=measure_
        )
    assert list(found.special) == ["[CLS]", "[SEP]"]
    np.testing.assert_allclose(found.special["[SEP]"], weights[..., -1].mean(-1), atol=1e-5)
    assert (found.sink_mass.min() > 0.01) == (name == "gpt_oss-sinks")


def resting(packaged: Pretrained, text: str) -> int:
    """Heads of MiniLM that give more than half of their weight to [CLS] and [SEP]."""
    request = AnalysisRequest(MINILM, text)
    found = measured(analyse(packaged(MINILM), request), request)
    return int((found.special["[CLS]"] + found.special["[SEP]"] > 0.5).sum())


def test_in_minilm_many_heads_rest_on_the_separators(packaged: Pretrained) -> None:
    counts = [resting(packaged, text) for text in PLAIN]
    assert 29 <= counts[PLAIN.index(KEYS)] <= 34
    assert min(counts) >= 24
    assert max(counts) <= 37


def test_minilms_l0h2_looks_at_the_token_before(packaged: Pretrained) -> None:
    request = AnalysisRequest(MINILM, KEYS)
    found = measured(analyse(packaged(MINILM), request), request)
    assert found.distance is not None
    assert found.distance[0, 2] == pytest.approx(1, abs=0.1)
    assert found.entropy[0, 2] < 0.1
    assert found.entropy[0, 2] == found.entropy.min()


def test_smollm2_names_no_bos_and_its_first_token_takes_the_rest(packaged: Pretrained) -> None:
    request = AnalysisRequest(SMOLLM2, PLAIN[0])
    found = measured(analyse(packaged(SMOLLM2), request), request)
    assert found.special == {}
    assert found.first[18, 8] > 0.999
    named = AnalysisRequest(SMOLLM2, "<|endoftext|>The keys to the cabinet.")
    found = measured(analyse(packaged(SMOLLM2), named), named)
    assert list(found.special) == ["<|endoftext|>"]
    np.testing.assert_array_equal(found.special["<|endoftext|>"], found.first)


def test_a_text_of_thousands_of_tokens_is_measured_on_a_sample(packaged: Pretrained) -> None:
    request = AnalysisRequest(SMOLLM2, " ".join([KEYS] * 120))
    run = analyse(packaged(SMOLLM2), request)
    found = measured(run, request)
    length = len(run.tokens["input"])
    assert length > 1000
    assert found.sampled
    rows = np.array(range(*found.rows))
    assert 128 <= len(rows) <= 256
    trace = run.traces["decoder"][16]
    weights = trace.block([0], slice(*found.rows), slice(None))[0].astype(np.float64)
    apart = np.abs(np.subtract.outer(rows, np.arange(length)))
    assert found.distance is not None
    assert found.distance[16, 0] == pytest.approx((weights * apart).sum() / weights.sum(), rel=1e-6)
