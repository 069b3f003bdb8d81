"""How far a run is that another request waits for."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from ..errors import InvalidRequest, NotFound
from ..services.progress import Progress
from .analyses import NAME
from .encoding import Json
from .problems import answers
from .reference import BASE, example
from .rooms import Use

router = APIRouter(prefix="/api/v1/runs", tags=["analyses"])


@router.get(
    "/{name}",
    response_model=Progress,
    responses=answers(NotFound, InvalidRequest),
    openapi_extra=example(
        f"curl {BASE}/api/v1/runs/9f86d081884c7d659a2feaa0c55ad015 || true  # 404 when it is over"
    ),
)
async def progress(
    name: Annotated[str, Path(pattern=NAME, description="As given in `Headscope-Run`.")],
    services: Use,
) -> Response:
    """How far the analysis is that was posted with this name in the header `Headscope-Run`.

    404 before it has arrived and once it is answered.
    """
    return Json(services.analyses.progress(name))
