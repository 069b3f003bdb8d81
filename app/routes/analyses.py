"""Running a model on a text, and checking what came of it."""

from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from ..errors import (
    AnalysisGone,
    AnswerTooLarge,
    BodyTooLarge,
    InvalidRequest,
    ModelFailed,
    ModelLoading,
    TooManyTokens,
    UnknownAnalysis,
)
from ..records import AnalysisRequest, StackName
from ..services.analyses import Analysis
from ..services.choice import Unset, Whole
from .admitting import ADMITTED
from .encoding import Json
from .models import TEXT_ERRORS, TextBody
from .problems import answers
from .reference import BASE, example
from .rooms import Use

router = APIRouter(prefix="/api/v1/analyses", tags=["analyses"])

AnalysisId = Annotated[
    str, Path(description="32 hexadecimal digits.", examples=["9f86d081884c7d659a2feaa0c55ad015"])
]


class AnalysisBody(TextBody):
    target: str | None = Field(
        default=None, description="The decoder's text; encoder-decoders only."
    )
    add_special_tokens: bool = True
    parse_special: bool = Field(
        default=True, description="`[MASK]` in the text is a token, not letters."
    )
    truncate: bool = Field(
        default=False, description="Cut a text that is too long instead of refusing it."
    )

    def request(self) -> AnalysisRequest:
        return AnalysisRequest(**self.model_dump(include=set(AnalysisBody.model_fields)))


class VerifyBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    stack: StackName | None = Field(default=None, description="A stack of the analysis; its first.")
    layers: list[Whole] | None = Field(
        default=None, min_length=1, examples=[[3]], description="All."
    )
    heads: list[Whole] | None = Field(
        default=None, min_length=1, examples=[[1]], description="All."
    )


NAME = r"^[0-9a-f]{32}$"
RunName = Annotated[
    Annotated[str, Field(pattern=NAME)] | Unset,
    Header(description="32 hexadecimal digits of your own, to watch the run by."),
]

RUN_ERRORS = (*TEXT_ERRORS, TooManyTokens)


def address(id: str) -> str:
    return f"{router.prefix}/{id}"


@router.post(
    "",
    response_model=Analysis,
    status_code=201,
    responses={
        200: {"model": Analysis, "description": "Held already."},
        **answers(*RUN_ERRORS),
    },
    openapi_extra=example(
        f"ID=$(curl -s {BASE}/api/v1/analyses --json "
        """'{"model": "minilm-l6", "text": "The keys to the cabinet are on the table."}' """
        """| python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')"""
    ),
)
async def analyse(
    body: Annotated[AnalysisBody, Body()], services: Use, headscope_run: RunName = None
) -> Response:
    """Run a model on a text. 201 for a new analysis, 200 for one that is held already."""
    held, made = await services.analyses.analyse(body.request(), headscope_run)
    return Json(held.described(), 201 if made else 200, {"Location": address(held.id)})


@router.get(
    "/{id}",
    response_model=Analysis,
    responses=answers(UnknownAnalysis, AnalysisGone, InvalidRequest),
    openapi_extra=example(f"curl {BASE}/api/v1/analyses/$ID"),
)
async def read(id: AnalysisId, services: Use) -> Response:
    """An analysis that is held; 410 for one that is not: posting its text again makes it anew."""
    with services.analyses.reading(id) as held:
        return Json(held.described())


@router.post(
    "/{id}/verify",
    response_model=Analysis,
    responses=answers(
        UnknownAnalysis,
        AnalysisGone,
        AnswerTooLarge,
        ModelLoading,
        ModelFailed,
        BodyTooLarge,
        InvalidRequest,
        *ADMITTED,
    ),
    openapi_extra=example(
        f"""curl {BASE}/api/v1/analyses/$ID/verify --json '{{"layers": [3], "heads": [1]}}'"""
    ),
)
async def verify(id: AnalysisId, body: Annotated[VerifyBody, Body()], services: Use) -> Response:
    """Compare heads with the model's own eager attention; the answer's `checks` say the outcome."""
    held = await services.analyses.verify(id, body.stack, body.layers, body.heads)
    return Json(held.described())
