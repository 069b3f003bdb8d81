"""Files to take along: figures of heads, and an analysis as a page of its own."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ..errors import AnalysisGone, AnswerTooLarge, InvalidRequest, NotSupported, UnknownAnalysis
from ..services.analyses import Held
from ..services.attention import cells_of
from ..services.choice import Indices, Unset
from ..services.figure import FigureChoice, draw, plan
from ..services.limits import check_cells
from ..services.page import page_of, written_page
from .admitting import ADMITTED
from .analyses import AnalysisId
from .caching import UNCHANGED, cached
from .problems import answers
from .reference import BASE, example
from .rooms import Use

router = APIRouter(prefix="/api/v1/analyses/{id}", tags=["files"])

TYPES = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png"}
ERRORS = answers(
    UnknownAnalysis, AnalysisGone, AnswerTooLarge, NotSupported, InvalidRequest, *ADMITTED
)
_BINARY = {"schema": {"type": "string", "format": "binary"}}
FIGURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One head with its tokens as text, or several heads on one scale; the "
        "caption says model, revision, head, method, scale, what is hidden and a hash of the text.",
        "content": {
            TYPES["svg"]: {"schema": {"type": "string"}},
            TYPES["pdf"]: _BINARY,
            TYPES["png"]: _BINARY,
        },
    }
}
PAGE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "HTML that works without a server, to be saved.",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
}


class PageChoice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    layers: Indices | Unset = Field(default=None, description="True indices of layers; all.")


@router.get(
    "/figure",
    response_class=Response,
    responses=FIGURE | UNCHANGED | ERRORS,
    openapi_extra=example(f'curl "{BASE}/api/v1/analyses/$ID/figure?layers=3&heads=1" -o head.svg'),
)
async def figure(
    id: AnalysisId, asked: Annotated[FigureChoice, Query()], request: Request, services: Use
) -> Response:
    """Heads as a figure for a paper: SVG with real text, and PDF and PNG made from it."""
    with services.analyses.reading(id) as held:
        planned = plan(held, asked, services.settings.max_answer_bytes)
        check_cells(cells_of(held.run, planned.selection), services.settings.max_read_cells)

    def work(held: Held) -> Response:
        return Response(draw(held, planned), media_type=TYPES[asked.format])

    return await cached(id, planned.question, request, lambda: services.analyses.compute(id, work))


@router.get(
    "/page",
    response_class=Response,
    responses=PAGE | ERRORS,
    openapi_extra=example(f'curl "{BASE}/api/v1/analyses/$ID/page?layers=2,3" -o page.html'),
)
async def page(id: AnalysisId, asked: Annotated[PageChoice, Query()], services: Use) -> Response:
    """The page's own views with these layers' exact weights inside, up to a limit of their own, 64
    MB if the server sets no other."""
    with services.analyses.reading(id) as held:
        shown = page_of(held, asked.layers, services.settings.max_page_bytes)

    def work(held: Held) -> Response:
        headers = {"Content-Disposition": "attachment; filename=headscope.html"}
        return Response(written_page(held, shown), headers=headers, media_type="text/html")

    return await services.analyses.compute(id, work)
