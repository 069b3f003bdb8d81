"""The application: the only place that knows every room."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, ProcessCollector
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from . import __version__, places
from .routes import (
    analyses,
    arithmetic,
    assets,
    attention,
    compare,
    cost,
    figures,
    health,
    later,
    lesson,
    measures,
    metrics,
    models,
    pages,
    runs,
)
from .routes.access import Access
from .routes.admitting import Door
from .routes.encoding import NPY
from .routes.problems import add_handlers
from .routes.rate import Rate
from .routes.rooms import Services
from .routes.watching import Instruments, Watch
from .routes.web import Guard
from .services.admission import Admission
from .services.analyses import Analyses
from .services.engine import Engine, LocalEngine
from .services.lesson import Lesson, read_lesson
from .services.models import Models
from .services.rehearsal import Rehearsal
from .services.workers import Workers
from .settings import Settings

ROOMS = (
    *(pages, models, analyses, runs, attention, arithmetic, measures, compare, figures),
    *(cost, lesson, later, health, metrics),
)


def create_app(settings: Settings | None = None, engine: Engine | None = None) -> FastAPI:
    """Raises SystemExit with a sentence where it is to run in several processes, LessonInvalid."""
    if int(os.environ.get("WEB_CONCURRENCY") or 1) > 1:
        raise SystemExit(
            "Headscope keeps models and analyses in one process. Unset WEB_CONCURRENCY; to do more "
            "at the same moment set HEADSCOPE_WORKERS."
        )
    settings = settings or Settings()
    engine = engine or LocalEngine(settings)
    taught = read_lesson(settings.lesson, engine.catalog) if settings.lesson else None
    admission = Admission(settings)
    app = FastAPI(
        title="Headscope",
        version=__version__,
        summary="What every attention head of a pretrained transformer looks at.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(settings, engine, taught, admission),
    )
    for room in ROOMS:
        app.include_router(room.router)
    app.mount(assets.MOUNT, assets.Assets(directory=places.STATIC))
    add_handlers(app)
    app.add_middleware(
        GZipMiddleware,
        minimum_size=1000,
        compresslevel=1,
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, NPY),
    )
    app.add_middleware(Door, admission=admission, settings=settings)
    if settings.rate_limit is not None:
        app.add_middleware(Rate, limit=settings.rate_limit)
    if settings.token is not None:
        app.add_middleware(Access, token=settings.token.get_secret_value())
    app.add_middleware(Guard, settings=settings)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    app.add_middleware(Watch, instruments=Instruments(registry))
    app.state.admission = admission
    app.state.registry = registry
    return app


def _lifespan(
    settings: Settings, engine: Engine, taught: Lesson | None, admission: Admission
) -> Callable[[FastAPI], AbstractAsyncContextManager[dict[str, Services]]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Services]]:
        """Begins to load the first models; the server answers meanwhile."""
        workers = Workers(settings.workers, admission)
        models = Models(engine, settings, workers, taught.offered() if taught else ())
        analyses = Analyses(engine, models, settings, workers)
        models.load_initial()
        rehearsal = None
        if taught and settings.lesson:
            rehearsal = Rehearsal(taught, settings.lesson, models)
            rehearsal.begin()
        yield {"services": Services(settings, models, analyses, workers, rehearsal, admission)}
        workers.close()

    return lifespan
