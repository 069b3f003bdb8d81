"""A pass asks before every layer whether anybody still waits, and is not begun if it cannot fit."""

import pytest

from app.engine.keeping import Room
from app.engine.run import analyse
from app.errors import TooManyTokens
from app.records import AnalysisRequest
from app.stopping import Stopped, stoppable

from .conftest import Pretrained
from .families import KEEP_QKV, KEEP_WEIGHTS

TEXT = "a b c d e f g h"


@pytest.mark.parametrize("name", [*KEEP_QKV, *KEEP_WEIGHTS])
def test_a_pass_that_nobody_waits_for_stops_at_its_next_layer(tiny: Pretrained, name: str) -> None:
    model, asked = tiny(name), 0

    def abandoned() -> bool:
        nonlocal asked
        asked += 1
        return asked == 2

    with stoppable(abandoned), pytest.raises(Stopped):
        analyse(model, AnalysisRequest(name, TEXT))
    assert asked == 2
    assert analyse(model, AnalysisRequest(name, TEXT)).traces


@pytest.mark.parametrize("name", [*KEEP_QKV, *KEEP_WEIGHTS])
def test_what_a_trace_will_take_is_known_before_the_pass(tiny: Pretrained, name: str) -> None:
    model = tiny(name)
    run = analyse(model, AnalysisRequest(name, TEXT))
    tokens = len(run.tokens["input"])
    assert model.trace_bytes(tokens) == pytest.approx(run.nbytes, rel=0.05)
    with pytest.raises(TooManyTokens, match=f"has {tokens} tokens"):
        analyse(model, AnalysisRequest(name, TEXT), room=Room(memory_bytes=run.nbytes / 2))
