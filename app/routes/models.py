"""The model list and the live token count."""

from typing import Annotated

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from ..errors import (
    BodyTooLarge,
    InvalidRequest,
    ModelFailed,
    ModelLoading,
    ModelRefused,
    NotSupported,
    UnknownModel,
)
from ..services.models import Model, Tokenized
from .admitting import ADMITTED
from .encoding import Json
from .problems import answers
from .reference import BASE, example
from .rooms import Use

router = APIRouter(prefix="/api/v1", tags=["models"])

TEXT_ERRORS = (
    UnknownModel,
    ModelLoading,
    ModelFailed,
    ModelRefused,
    BodyTooLarge,
    NotSupported,
    InvalidRequest,
    *ADMITTED,
)


class ModelList(BaseModel):
    models: list[Model]
    any: bool = Field(description="Whether every id of the Hub is offered beside them.")


class TextBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    model: str = Field(max_length=200, examples=["minilm-l6"])
    text: str = Field(examples=["The keys to the cabinet are on the table."])
    text_pair: str | None = Field(default=None, description="For models that read pairs.")


@router.get(
    "/models",
    response_model=ModelList,
    responses=answers(),
    openapi_extra=example(f"curl {BASE}/api/v1/models"),
)
async def list_models(services: Use) -> Response:
    """Every model that this server offers, the packaged ones first."""
    return Json({"models": services.models.all(), "any": services.models.any_model})


@router.get(
    "/models/{id:path}",
    response_model=Model,
    responses=answers(UnknownModel, InvalidRequest),
    openapi_extra=example(f"curl {BASE}/api/v1/models/minilm-l6"),
)
async def one_model(id: str, services: Use) -> Response:
    """One model; its id may contain slashes."""
    return Json(services.models.one(id))


@router.post(
    "/tokenize",
    response_model=Tokenized,
    responses=answers(*TEXT_ERRORS),
    openapi_extra=example(
        f"curl {BASE}/api/v1/tokenize --json "
        """'{"model": "minilm-l6", "text": "The keys to the cabinet are on the table."}'"""
    ),
)
async def count_tokens(body: Annotated[TextBody, Body()], services: Use) -> Response:
    """How many tokens a text has and how many the model reads; the tokens are those it reads."""
    return Json(await services.models.tokenize(body.model, body.text, body.text_pair))
