"""Weights out of an analysis, and both steps in one call."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request, Response

from ..errors import AnalysisGone, AnswerTooLarge, InvalidRequest, NotSupported, UnknownAnalysis
from ..records import ModelFacts
from ..services.analyses import Held
from ..services.answer import Description, answer
from ..services.attention import cells_of
from ..services.choice import Choice
from ..services.limits import check_cells
from ..services.selection import select
from ..services.writing import about
from .admitting import ADMITTED
from .analyses import RUN_ERRORS, AnalysisBody, AnalysisId, address
from .caching import UNCHANGED, cached
from .encoding import META_HEADER, NPY, NPZ, encode, takes_gzip
from .problems import answers
from .reference import BASE, example
from .rooms import Use

router = APIRouter(prefix="/api/v1", tags=["attention"])

FORMATS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The weights. For npy, npz and csv all but `attention` comes in "
        f"{META_HEADER}: ASCII JSON under 4 kB; `hidden`, `scale` and `empty_rows` are null there "
        "and named in `omitted` where they would not fit. npz holds the arrays attention, layers, "
        "heads, query_tokens and key_tokens, and meta, all of that JSON. A token in csv that a "
        "spreadsheet would take for a formula has an apostrophe before it.",
        "content": {
            NPY: {"schema": {"type": "string", "format": "binary"}},
            NPZ: {"schema": {"type": "string", "format": "binary"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


@dataclass(frozen=True)
class Attention(Description):
    attention: list[list[list[list[float]]]]
    """[layer][head][query][key]"""


@dataclass(frozen=True)
class TextAttention(Attention):
    analysis: str
    model: ModelFacts
    tokens: dict[Literal["queries", "keys"], list[str]]
    """Names of the positions in the chosen ranges, in JSON only."""


class AttentionBody(AnalysisBody, Choice):
    """An analysis and what is asked about it. Lists may stand for texts with commas."""


@router.get(
    "/analyses/{id}/attention",
    response_model=Attention,
    responses=FORMATS
    | UNCHANGED
    | answers(
        UnknownAnalysis, AnalysisGone, AnswerTooLarge, NotSupported, InvalidRequest, *ADMITTED
    ),
    openapi_extra=example(
        f'curl "{BASE}/api/v1/analyses/$ID/attention?layers=3&heads=1&queries=6:7"'
    ),
)
async def attention(
    id: AnalysisId, choice: Annotated[Choice, Query()], request: Request, services: Use
) -> Response:
    """Weights of any layers, heads, queries and keys, always [layer][head][query][key].

    Hidden, merged into words, filtered, cut to the ranges, reduced, pooled and turned into the
    dtype in this order.
    """
    with services.analyses.reading(id) as held:
        selection = select(held.run, held.request, choice, services.settings.max_answer_bytes)
        check_cells(cells_of(held.run, selection), services.settings.max_read_cells)
    gzipped = takes_gzip(request.headers)

    def work(held: Held) -> Response:
        return encode(held, answer(held.run, selection), {}, gzipped)

    return await cached(id, selection, request, lambda: services.analyses.compute(id, work))


@router.post(
    "/attention",
    response_model=TextAttention,
    responses=FORMATS | answers(*RUN_ERRORS, AnswerTooLarge),
    openapi_extra=example(
        f"""curl {BASE}/api/v1/attention --json '{{"model": "minilm-l6", """
        """"text": "The keys to the cabinet are on the table.", "layers": [3], "heads": [1]}'"""
    ),
)
async def attention_of_text(
    body: Annotated[AttentionBody, Body()], request: Request, services: Use
) -> Response:
    """An analysis and its weights in one call, for scripts."""
    limit, gzipped = services.settings.max_answer_bytes, takes_gzip(request.headers)

    def work(held: Held) -> Response:
        selection = select(held.run, held.request, body, limit, named=True)
        check_cells(cells_of(held.run, selection), services.settings.max_read_cells)
        found = answer(held.run, selection)
        response = encode(held, found, about(held, found), gzipped)
        response.headers["Location"] = address(held.id)
        return response

    return await services.analyses.analyse_for(body.request(), work)
