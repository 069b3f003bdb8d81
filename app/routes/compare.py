"""Two analyses side by side: which positions are the same, how a head differs, which heads do."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from ..errors import AnalysisGone, AnswerTooLarge, InvalidRequest, NotSupported, UnknownAnalysis
from ..services.aligned import Alignment, Pairing, align
from ..services.analyses import Held
from ..services.comparison import Compared, Description, Question, compare
from ..services.ranking import Ranking, RankingQuestion, rank
from .admitting import ADMITTED
from .analyses import AnalysisId
from .caching import UNCHANGED, cached
from .encoding import META_HEADER, NPY, npy, numbers, takes_gzip
from .problems import answers
from .reference import BASE, example
from .rooms import Services, Use

router = APIRouter(prefix="/api/v1/analyses/{id}/compare/{other}", tags=["comparison"])

OtherId = Annotated[str, Path(description="Of B; it may be A's own, to compare two heads.")]
NUMBERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A, B and A - B. For npy, [3][1][query][key], all else but the alignment "
        f"comes in {META_HEADER}.",
        "content": {NPY: {"schema": {"type": "string", "format": "binary"}}},
    }
}
ERRORS = UNCHANGED | answers(
    UnknownAnalysis, AnalysisGone, AnswerTooLarge, NotSupported, InvalidRequest, *ADMITTED
)


@dataclass(frozen=True)
class Comparison(Description):
    a: list[list[list[list[float]]]]
    """[1][1][query][key], 0 where A has no such query or key."""
    b: list[list[list[list[float]]]]
    difference: list[list[list[list[float]]]]
    """A - B, 0 where one of them has no such query or key."""
    alignment: Alignment
    """In JSON only; for npy there is a call of its own."""


@router.get(
    "",
    response_model=Comparison,
    responses=NUMBERS | ERRORS,
    openapi_extra=example(
        f'curl "{BASE}/api/v1/analyses/$ID/compare/$ID?layer=3&head=1&other_head=5"'
    ),
)
async def comparison(
    id: AnalysisId,
    other: OtherId,
    question: Annotated[Question, Query()],
    request: Request,
    services: Use,
) -> Response:
    """One head of A, one of B, and A - B, along the positions of both texts: those of one
    tokenizer by token, those of two by word."""
    gzipped = takes_gzip(request.headers)
    limits = services.settings.max_answer_bytes, services.settings.max_read_cells

    def work(a: Held, b: Held) -> Response:
        return _encoded(compare(a, b, question, *limits), question, gzipped)

    return await _of_both(id, other, question, request, services, work)


@router.get(
    "/alignment",
    response_model=Alignment,
    responses=ERRORS,
    openapi_extra=example(f"curl {BASE}/api/v1/analyses/$ID/compare/$ID/alignment"),
)
async def alignment(
    id: AnalysisId,
    other: OtherId,
    pairing: Annotated[Pairing, Query()],
    request: Request,
    services: Use,
) -> Response:
    """Which positions of A are which of B: what the rows and columns of a comparison are."""

    def work(a: Held, b: Held) -> Response:
        return numbers(align(a, b, pairing))

    return await _of_both(id, other, pairing, request, services, work)


@router.get(
    "/heads",
    response_model=Ranking,
    responses=ERRORS,
    openapi_extra=example(f'curl "{BASE}/api/v1/analyses/$ID/compare/$ID/heads?layer=3&head=1"'),
)
async def heads(
    id: AnalysisId,
    other: OtherId,
    question: Annotated[RankingQuestion, Query()],
    request: Request,
    services: Use,
) -> Response:
    """How far every head is from the same head of A, or from one head of A. Of long texts and large
    models evenly spaced rows are read, as many as `rows` says."""

    def work(a: Held, b: Held) -> Response:
        return numbers(rank(a, b, question))

    return await _of_both(id, other, question, request, services, work)


async def _of_both(
    id: str,
    other: str,
    question: BaseModel,
    request: Request,
    services: Services,
    work: Callable[[Held, Held], Response],
) -> Response:
    with services.analyses.reading_both(id, other):
        asked = [other, request.url.path, question.model_dump()]
    return await cached(id, asked, request, lambda: services.analyses.compute_both(id, other, work))


def _encoded(found: Compared, question: Question, gzipped: bool) -> Response:
    about = asdict(found.description)
    if question.format == "npy":
        return npy(found.values, about, gzipped)
    parts: dict[str, Any] = {
        name: part[None] for name, part in zip(("a", "b", "difference"), found.values, strict=True)
    }
    return numbers({**about, **parts, "alignment": found.alignment})
