"""What this server teaches, if it was started with a lesson."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from ..services.lesson import Lesson
from .encoding import Json
from .problems import answers
from .reference import BASE, example
from .rooms import Use

router = APIRouter(prefix="/api/v1", tags=["lesson"])


class LessonAnswer(BaseModel):
    lesson: Lesson | None


@router.get(
    "/lesson",
    response_model=LessonAnswer,
    responses=answers(),
    openapi_extra=example(f"curl {BASE}/api/v1/lesson"),
)
async def lesson(services: Use) -> Response:
    """Title, introduction and texts with their notes and views; null without a lesson."""
    given = services.rehearsal.lesson if services.rehearsal else None
    return Json({"lesson": given and given.model_dump(exclude_none=True)})
