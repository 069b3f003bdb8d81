"""What attention costs: the right thing is measured, within bounds, and nobody else notices."""

from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from app.engine.capture import attending
from app.engine.cost import measure
from app.engine.loader import LoadedModel
from app.engine.meter import PASSES, Meter
from app.engine.proof import trial_inputs
from app.engine.run import analyse
from app.engine.strategies import forward
from app.errors import AnswerTooLarge, TooManyTokens
from app.records import AnalysisRequest, AttentionTime

from .conftest import ALL, Pretrained
from .families import KEEP_QKV, KEEP_WEIGHTS, VOCABULARY

MINILM = "minilm-l6"
PLENTY = 1 << 30
OWN = {"gemma2-soft-cap": "soft cap", "gpt_oss-sinks": "sinks"}
"""Families that SDPA cannot compute."""


def last_states(model: LoadedModel, meter: Meter | None) -> Tensor:
    """Of two texts of unequal length, one of them padded."""
    inputs = trial_inputs(VOCABULARY, 0, "cpu")
    if meter is None:
        return forward(model.module, inputs).last_hidden_state  # type: ignore[no-any-return]
    with attending(meter):
        return forward(model.module, inputs).last_hidden_state  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", KEEP_QKV)
def test_what_is_timed_is_the_models_own_attention(tiny: Pretrained, name: str) -> None:
    model = tiny(name)
    seen = trial_inputs(VOCABULARY, 0, "cpu")["attention_mask"].bool()
    expected = last_states(model, None)[seen]
    for kernel in ("eager",) if name in OWN else ("sdpa", "eager"):
        meter = Meter(kernel, "cpu")  # type: ignore[arg-type]
        torch.testing.assert_close(last_states(model, meter)[seen], expected, rtol=0, atol=1e-4)
        assert meter.calls == len(model.stacks[0].layers)
        assert meter.seconds > 0
        weights = sum(layer.heads for layer in model.stacks[0].layers) * seen.numel()
        assert meter.nbytes == (weights * seen.shape[1] * 4 if kernel == "eager" else 0)


def test_the_bytes_are_exact_and_the_times_plausible(packaged: Pretrained) -> None:
    tokens, layers, heads, width = 64, 6, 12, 32
    cost = measure(packaged(MINILM), tokens, PLENTY)
    assert (cost.model, cost.tokens, cost.layers, cost.heads) == (MINILM, tokens, layers, heads)
    assert (cost.device, cost.dtype, cost.kernel) == ("cpu", "float32", "sdpa")
    assert cost.threads == torch.get_num_threads()
    assert 1 <= cost.repeats <= PASSES
    taken = cost.attention_bytes
    assert (taken.weights, taken.weights_measured) == (layers * heads * tokens**2 * 4, True)
    # q, k and v of every head, and two numbers a row.
    assert taken.kept == layers * heads * tokens * (3 * width + 2) * 4
    times = cost.attention_ms
    assert times.sdpa is not None and times.eager is not None
    assert 0 < times.sdpa < cost.forward_ms
    assert times.eager > 0
    assert cost.reason is None


def test_what_is_kept_is_what_an_analysis_keeps(tiny: Pretrained) -> None:
    for name in ("llama-grouped", "gpt_oss-sinks", "bloom"):
        run = analyse(tiny(name), AnalysisRequest(name, "twelve and more letters"))
        tokens = len(run.tokens["input"])
        assert measure(tiny(name), tokens, PLENTY).attention_bytes.kept == run.nbytes


def test_eager_is_left_out_where_it_would_not_fit(tiny: Pretrained) -> None:
    needed = 3 * 4 * 4 * 50**2
    fits = measure(tiny("llama-grouped"), 50, needed)
    assert fits.attention_ms.eager is not None
    cost = measure(tiny("llama-grouped"), 50, needed - 1)
    assert cost.attention_ms.eager is None
    assert cost.attention_ms.sdpa is not None
    assert cost.reason is not None and "limit" in cost.reason
    # 2 layers of 4 heads
    taken = cost.attention_bytes
    assert (taken.weights, taken.weights_measured) == (2 * 4 * 50**2 * 4, False)
    assert fits.attention_bytes.weights == taken.weights


@pytest.mark.parametrize("name", OWN)
def test_what_sdpa_cannot_compute_is_not_timed_with_it(tiny: Pretrained, name: str) -> None:
    cost = measure(tiny(name), 20, PLENTY)
    assert (cost.kernel, cost.attention_ms.sdpa) == ("eager", None)
    assert cost.attention_ms.eager is not None
    assert cost.reason is not None and "SDPA" in cost.reason
    with pytest.raises(AnswerTooLarge, match="Measure fewer tokens"):
        measure(tiny(name), 20, 1000)


@pytest.mark.parametrize("name", KEEP_WEIGHTS)
def test_a_model_without_the_interface_says_why_it_has_no_times(
    tiny: Pretrained, name: str
) -> None:
    cost = measure(tiny(name), 20, PLENTY)
    assert cost.attention_ms == AttentionTime(None, None)
    assert cost.reason is not None and "its own way" in cost.reason
    taken = cost.attention_bytes
    assert taken.weights == taken.kept == 2 * 4 * 20**2 * 4
    assert taken.weights_measured
    assert cost.forward_ms > 0
    with pytest.raises(AnswerTooLarge, match="Measure fewer tokens"):
        measure(tiny(name), 20, 1000)


def test_the_models_token_limit_holds(packaged: Pretrained) -> None:
    with pytest.raises(TooManyTokens, match="512"):
        measure(packaged(MINILM), 513, PLENTY)


def test_a_measurement_does_not_reach_into_another_thread(tiny: Pretrained) -> None:
    """One pass stands still inside its first eager attention while another thread analyses."""
    model, request = tiny("mistral-window"), AnalysisRequest("tiny", "as if it were alone")
    alone = analyse(model, request)
    inside, go_on = Event(), Event()

    class Waiting(Meter):
        def __call__(self, *arguments: Any, **options: Any) -> tuple[Tensor, None]:
            inside.set()
            assert go_on.wait(60)
            return super().__call__(*arguments, **options)

    meter = Waiting("eager", "cpu")
    measuring = Thread(target=last_states, args=(model, meter))
    measuring.start()
    try:
        assert inside.wait(60)
        beside = analyse(model, request)
    finally:
        go_on.set()
        measuring.join()
    assert meter.calls == len(alone.traces["decoder"])
    assert model.module.config._attn_implementation == "headscope"
    for one, other in zip(alone.traces["decoder"], beside.traces["decoder"], strict=True):
        weights = one.block(ALL, ALL, ALL)
        np.testing.assert_allclose(weights, other.block(ALL, ALL, ALL), rtol=0, atol=1e-6)
