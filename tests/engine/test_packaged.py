"""The packaged models, with their real weights, on real text."""

import numpy as np
import pytest
import torch

from app.engine.catalog import build_catalog
from app.engine.run import analyse, verify
from app.errors import AnswerTooLarge
from app.records import AnalysisRequest
from app.settings import Settings

from .conftest import ALL, Pretrained, eager_reference

MINILM, SMOLLM2 = "minilm-l6", "smollm2-135m-q4"
TEXTS = {
    "english": "The keys to the cabinet are on the table.",
    "chinese": "注意力机制让模型在处理每个词时看向句子里的其他词。",
    "emoji": "I 🧡 pizza 👩‍👩‍👧 and naïve café.",
    "long": "Water flows downhill because gravity pulls it toward the center of the Earth, and "
    "rivers carve valleys as they carry sand and stones to the sea. " * 8,
}


@pytest.mark.parametrize("name", [MINILM, SMOLLM2])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_every_head_equals_eager(packaged: Pretrained, name: str, text: str) -> None:
    run = analyse(packaged(name), AnalysisRequest(name, text))
    (traces,) = run.traces.values()
    folder = build_catalog(Settings()).locate(name).folder
    for trace, weights in zip(traces, eager_reference(folder, run), strict=True):
        np.testing.assert_allclose(trace.block(ALL, ALL, ALL), weights, rtol=0, atol=1e-5)
    assert run.checks.output_max_error is not None
    assert run.checks.output_max_error <= 1e-5


def test_where_float32_is_unsure_we_are_as_near_to_float64_as_eager_is(
    packaged: Pretrained,
) -> None:
    """One word twelve times over: SmolLM2's L11 amplifies rounding until two float32 passes of the
    same model differ by 1e-5 and more, and eager's own by 4e-5 from float64."""
    run = analyse(packaged(SMOLLM2), AnalysisRequest(SMOLLM2, " ".join(["the"] * 12)))
    folder = build_catalog(Settings()).locate(SMOLLM2).folder
    eager = eager_reference(folder, run)
    exact = eager_reference(folder, run, dtype=torch.float64)
    for trace, single, double in zip(run.traces["decoder"], eager, exact, strict=True):
        ours = np.abs(trace.block(ALL, ALL, ALL) - double.numpy()).max()
        assert ours <= max(3 * float((single - double).abs().max()), 1e-6)


@pytest.mark.parametrize("name", [MINILM, SMOLLM2])
def test_verify_agrees_on_every_layer(packaged: Pretrained, name: str) -> None:
    model, request = packaged(name), AnalysisRequest(name, TEXTS["english"])
    run = analyse(model, request)
    stack = run.stacks[0]
    layers = [layer.index for layer in stack.layers]
    heads = list(range(stack.layers[0].heads))
    assert verify(model, request, run, stack.name, layers, heads, 1 << 30) <= 1e-5


def test_verify_refuses_what_would_not_fit(packaged: Pretrained) -> None:
    model, request = packaged(MINILM), AnalysisRequest(MINILM, TEXTS["long"])
    run = analyse(model, request)
    with pytest.raises(AnswerTooLarge, match="Verify a shorter text"):
        verify(model, request, run, "encoder", [0], [0], limit_bytes=1 << 20)


def test_what_the_models_are(packaged: Pretrained) -> None:
    minilm, smollm2 = packaged(MINILM), packaged(SMOLLM2)
    assert (minilm.facts.family, minilm.max_tokens, minilm.pairs) == ("bert", 512, True)
    assert (smollm2.facts.family, smollm2.max_tokens, smollm2.pairs) == ("llama", 8192, False)
    assert {minilm.facts.kernel, smollm2.facts.kernel} == {"sdpa"}
    assert [stack.name for stack in smollm2.stacks] == ["decoder"]


def test_a_pair_marks_its_second_text(packaged: Pretrained) -> None:
    run = analyse(packaged(MINILM), AnalysisRequest(MINILM, "Who sat?", "The cat sat."))
    segments = [token.segment for token in run.tokens["input"]]
    assert segments == [0] * 5 + [1] * 5
    words = [token.word for token in run.tokens["input"] if token.word is not None]
    assert len(set(words)) == len(words) == 7


def test_the_trace_is_much_smaller_than_the_weights(packaged: Pretrained) -> None:
    text = TEXTS["long"] * 5
    run = analyse(packaged(SMOLLM2), AnalysisRequest(SMOLLM2, text))
    tokens = len(run.tokens["input"])
    assert tokens > 1000
    assert run.nbytes <= 30 * 9 * tokens**2 * 4 / 5


@pytest.mark.parametrize("name", [MINILM, SMOLLM2])
def test_a_weight_is_the_same_to_the_last_bit_whatever_was_asked_before(
    packaged: Pretrained, name: str
) -> None:
    """Sums of rows are kept when they are first worked out: by all heads, by one, or by a row."""
    model, request = packaged(name), AnalysisRequest(name, TEXTS["long"])
    runs = [tuple(*analyse(model, request).traces.values()) for _ in range(3)]
    unsure = 0
    for whole, by_row, alone in zip(*runs, strict=True):
        unsure += int((whole.lse.abs() >= 16).sum())
        whole.block(ALL, ALL, ALL)
        for row in range(0, by_row.queries, 7):
            by_row.block([1, 0], slice(row, row + 1), ALL)
        for head in range(2):
            found = [trace.block([head], ALL, ALL) for trace in (whole, by_row, alone)]
            np.testing.assert_array_equal(found[0], found[1])
            np.testing.assert_array_equal(found[0], found[2])
    assert unsure > 0, "a sum of no row had to be worked out"
