"""Alignments of two analyses: found once for all of their heads."""

from app.records import AnalysisRequest
from app.services.aligned import Pairing, align
from app.services.analyses import Held

from .numpy_engine import NumpyTrace, run_of


def held(text: str) -> Held:
    tokens = len(text.split()) + 2
    run = run_of(text, [NumpyTrace(2, tokens, seed=0)])
    return Held(f"{text} of test_services_aligned", AnalysisRequest("tiny", text), run)


def test_an_alignment_is_found_once_for_all_heads_of_two_texts() -> None:
    one, other, third = held("one two three"), held("one five three"), held("two three")
    found = align(one, other, Pairing())
    again = align(one, other, Pairing())
    assert again.queries is found.queries
    assert again.keys is found.queries, "both axes are the same tokens"
    assert align(one, other, Pairing(unit="word")).queries is not found.queries
    assert align(one, third, Pairing()).queries.tolist() != found.queries.tolist()
    assert align(other, one, Pairing()).queries is not found.queries
