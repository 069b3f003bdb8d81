"""How a weight comes about, number by number."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ..errors import (
    AnalysisGone,
    AnswerTooLarge,
    InvalidRequest,
    ModelLoading,
    NotSupported,
    UnknownAnalysis,
)
from ..services.analyses import Held, Writer
from ..services.arithmetic import Explanation, Place, ask, explain
from .admitting import ADMITTED
from .analyses import AnalysisId
from .caching import UNCHANGED, cached
from .encoding import numbers
from .problems import answers
from .reference import BASE, example
from .rooms import Use

router = APIRouter(prefix="/api/v1", tags=["attention"])


@router.get(
    "/analyses/{id}/arithmetic",
    response_model=Explanation,
    responses=UNCHANGED
    | answers(
        UnknownAnalysis,
        AnalysisGone,
        AnswerTooLarge,
        NotSupported,
        InvalidRequest,
        ModelLoading,
        *ADMITTED,
    ),
    openapi_extra=example(
        f'curl "{BASE}/api/v1/analyses/$ID/arithmetic?layer=3&head=1&query=6&keys=2:3"'
    ),
)
async def arithmetic(
    id: AnalysisId, place: Annotated[Place, Query()], request: Request, services: Use
) -> Response:
    """Every number behind one row: weight = exp(score - lse), with score = cap(scaling
    sum(products) + bias) and products = q k, dimension by dimension. In float64, but for the weight
    itself, which is the float32 of the attention call. `write` takes the model, which is loaded
    again where it has left memory; where it cannot be, `write` is null with the reason `no-model`,
    and the answer is not kept."""
    with services.analyses.reading(id) as held:
        asked = ask(held.run, place, services.settings.max_answer_bytes)

    def work(held: Held, writer: Writer | None) -> Response:
        found = explain(held.run, asked, writer)
        response = numbers(found)
        if found.write.reason == "no-model":
            response.headers["Cache-Control"] = "no-store"
        return response

    return await cached(id, asked, request, lambda: services.analyses.compute_writes(id, work))
