"""Calls of the contract that this version does not have yet: they say so."""

from fastapi import APIRouter

from ..errors import NotSupported

router = APIRouter(prefix="/api/v1", include_in_schema=False)


@router.post("/jobs")
@router.api_route("/jobs/{path:path}", methods=["GET", "DELETE"])
async def jobs() -> None:
    raise NotSupported("Jobs are not there yet; POST /api/v1/analyses answers when it is done.")
