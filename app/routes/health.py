"""Whether the process lives, whether it can answer, and what it holds."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from ..errors import Busy, LessonInvalid, ModelFailed, ModelLoading
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


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=answers(),
    openapi_extra=example(f"curl {BASE}/metrics"),
)
async def metrics(services: Use) -> PlainTextResponse:
    """What is held, for Prometheus."""
    models, analyses = services.models, services.analyses
    gauges = {
        "headscope_models": ("Models in memory.", len(models)),
        "headscope_models_bytes": ("Memory that their weights take.", models.nbytes),
        "headscope_analyses": ("Analyses held.", len(analyses)),
        "headscope_analyses_bytes": ("Memory that their traces take.", analyses.nbytes),
    }
    lines = [
        f"# HELP {name} {about}\n# TYPE {name} gauge\n{name} {value}\n"
        for name, (about, value) in gauges.items()
    ]
    return PlainTextResponse("".join(lines), media_type="text/plain; version=0.0.4")
