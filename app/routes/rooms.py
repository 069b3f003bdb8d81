"""How a route reaches the services of its application."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from ..services.admission import Admission
from ..services.analyses import Analyses
from ..services.models import Models
from ..services.rehearsal import Rehearsal
from ..services.workers import Workers
from ..settings import Settings


@dataclass(frozen=True)
class Services:
    settings: Settings
    models: Models
    analyses: Analyses
    workers: Workers
    rehearsal: Rehearsal | None
    admission: Admission


def _of(request: Request) -> Services:
    services: Services = request.state.services
    return services


Use = Annotated[Services, Depends(_of)]
