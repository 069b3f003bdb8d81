"""What the process holds, does and refuses, for Prometheus."""

from collections.abc import Iterator, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .problems import answers
from .reference import BASE, example
from .rooms import Services, Use

router = APIRouter(tags=["health"])


class Everything(Collector):
    """What is counted as it happens, and what the services say of themselves at this moment."""

    def __init__(self, counted: CollectorRegistry, services: Services) -> None:
        self._counted = counted
        self._services = services

    def collect(self) -> Iterator[Metric]:
        yield from self._counted.collect()
        yield from _held(self._services)
        yield from _turns(self._services)


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=answers(),
    openapi_extra=example(f"curl {BASE}/metrics"),
)
async def metrics(request: Request, services: Use) -> PlainTextResponse:
    """Requests, queue, refusals, loads and memory, for Prometheus."""
    text = generate_latest(Everything(request.app.state.registry, services))
    return PlainTextResponse(text, media_type=CONTENT_TYPE_LATEST)


def _held(services: Services) -> Iterator[Metric]:
    models, analyses = services.models, services.analyses
    yield GaugeMetricFamily("headscope_models", "Models in memory.", len(models))
    yield GaugeMetricFamily("headscope_models_bytes", "Their weights.", models.nbytes)
    yield GaugeMetricFamily("headscope_analyses", "Analyses held.", len(analyses))
    yield GaugeMetricFamily("headscope_analyses_bytes", "Their traces in memory.", analyses.nbytes)
    yield GaugeMetricFamily(
        "headscope_analyses_mapped_bytes", "Their traces in files.", analyses.mapped_bytes
    )
    yield _by(
        "headscope_analyses_asked",
        "Analyses by what a request met: one held, one under way (joined), or none (made).",
        "met",
        analyses.asked,
    )
    yield _by("headscope_loads", "Loads of models by outcome.", "outcome", models.loads)
    yield CounterMetricFamily(
        "headscope_load_seconds", "Time that loads of models took.", models.loading_s
    )


def _turns(services: Services) -> Iterator[Metric]:
    admission = services.admission
    yield GaugeMetricFamily("headscope_inside", "Requests let in to compute.", admission.inside)
    yield GaugeMetricFamily("headscope_queued", "Work that waits for a turn.", admission.queued)
    yield GaugeMetricFamily("headscope_in_flight", "Work that has a worker.", admission.in_flight)
    yield _by("headscope_rejected", "Requests refused by load.", "reason", admission.rejected)
    yield CounterMetricFamily(
        "headscope_cancelled", "Requests whose client left before the answer.", admission.left
    )


def _by(name: str, about: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, about, labels=(label,))
    for value, count in counts.items():
        family.add_metric((value,), count)
    return family
