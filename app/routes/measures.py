"""How heads differ: each in a few numbers"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ..errors import AnalysisGone, AnswerTooLarge, InvalidRequest, NotSupported, UnknownAnalysis
from ..services.analyses import Held
from ..services.choice import Heads
from ..services.measures import Measures, ask, measure
from .admitting import ADMITTED
from .analyses import AnalysisId
from .caching import UNCHANGED, cached
from .encoding import numbers
from .problems import answers
from .reference import BASE, example
from .rooms import Use

router = APIRouter(prefix="/api/v1", tags=["attention"])


@router.get(
    "/analyses/{id}/measures",
    response_model=Measures,
    responses=UNCHANGED
    | answers(
        UnknownAnalysis, AnalysisGone, AnswerTooLarge, NotSupported, InvalidRequest, *ADMITTED
    ),
    openapi_extra=example(f'curl "{BASE}/api/v1/analyses/$ID/measures?layers=3"'),
)
async def measures(
    id: AnalysisId, reading: Annotated[Heads, Query()], request: Request, services: Use
) -> Response:
    """How widely each head looks, how far, and how much of its weight special tokens, the first
    token, punctuation, the token itself and a sink of its own take: means over query rows, of a
    long text over evenly spread ones."""
    with services.analyses.reading(id) as held:
        asked = ask(held.run, held.request, reading, services.settings.max_answer_bytes)

    def work(held: Held) -> Response:
        return numbers(measure(held.run, asked))

    return await cached(id, asked, request, lambda: services.analyses.compute(id, work))
