"""What attention costs on this machine."""

from typing import Annotated

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from ..errors import (
    AnswerTooLarge,
    BodyTooLarge,
    InvalidRequest,
    ModelFailed,
    ModelLoading,
    ModelRefused,
    TooManyTokens,
    UnknownModel,
)
from ..records import Cost
from ..services.choice import Count
from .admitting import ADMITTED
from .encoding import Json
from .problems import answers
from .reference import BASE, example
from .rooms import Use

router = APIRouter(prefix="/api/v1", tags=["models"])


class CostBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    model: str = Field(max_length=200, examples=["minilm-l6"])
    tokens: Count = Field(description="How long a text; its tokens are random.", examples=[128])


@router.post(
    "/cost",
    response_model=Cost,
    responses=answers(
        UnknownModel,
        ModelLoading,
        ModelFailed,
        ModelRefused,
        TooManyTokens,
        AnswerTooLarge,
        BodyTooLarge,
        InvalidRequest,
        *ADMITTED,
    ),
    openapi_extra=example(
        f"""curl {BASE}/api/v1/cost --json '{{"model": "minilm-l6", "tokens": 128}}'"""
    ),
)
async def cost(body: Annotated[CostBody, Body()], services: Use) -> Response:
    """Measure what a model's attention takes at one length: time with SDPA and with the model's own
    eager function, and memory. Every call measures anew; other work on the machine shows in it."""
    return Json(await services.models.cost(body.model, body.tokens))
