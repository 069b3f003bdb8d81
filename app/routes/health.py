"""Whether the process lives, and whether it can answer."""

from fastapi import APIRouter

from ..errors import ModelFailed, ModelLoading
from .problems import answers
from .reference import BASE, example
from .rooms import Use

router = APIRouter(tags=["health"])


@router.get("/healthz", responses=answers(), openapi_extra=example(f"curl {BASE}/healthz"))
async def healthz() -> dict[str, str]:
    """Alive; touches no model."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    responses=answers(ModelLoading, ModelFailed),
    openapi_extra=example(f"curl {BASE}/readyz"),
)
async def readyz(services: Use) -> dict[str, str]:
    """Ready once the first model is; 503 with the reason before."""
    services.models.check_ready()
    return {"status": "ready"}
