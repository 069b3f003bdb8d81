"""Whether the process lives, and whether it can answer."""

from fastapi import APIRouter

from ..errors import Busy, LessonInvalid, ModelFailed, ModelLoading
from .problems import answers
from .reference import BASE, example
from .rooms import Use

router = APIRouter(tags=["health"])


@router.get(
    "/healthz",
    responses=answers(guarded=False),
    openapi_extra=example(f"curl {BASE}/healthz"),
)
async def healthz() -> dict[str, str]:
    """Alive; touches no model."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    responses=answers(Busy, ModelLoading, ModelFailed, LessonInvalid),
    openapi_extra=example(f"curl {BASE}/readyz"),
)
async def readyz(services: Use) -> dict[str, str]:
    """Ready once the first model is, or all those of a lesson; 503 with the reason before."""
    if services.admission.closing:
        raise Busy("This server is stopping; what it has begun is still answered.", retry_after=5)
    services.models.check_ready()
    if services.rehearsal:
        services.rehearsal.check_ready()
    return {"status": "ready"}
