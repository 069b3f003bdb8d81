"""The page's own files, packed once, below an address that changes when any of them does."""

import gzip
from collections.abc import MutableMapping
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from ..places import STATIC
from .encoding import takes_gzip

MOUNT = "/static"
FOREVER = "public, max-age=31536000, immutable"
PACKED = {".js", ".css", ".svg"}


def root() -> str:
    """Where pages find their files. Scripts import each other by relative names and stay there."""
    return f"{MOUNT}/{fingerprint()}"


@cache
def fingerprint() -> str:
    """16 hexadecimal digits of all files and their names, as they were when first asked for."""
    digest = blake2b(digest_size=8)
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(path.relative_to(STATIC).as_posix().encode())
        digest.update(blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


@cache
def packed(path: Path, _written: str) -> bytes:
    """Of a large file, whose packing would be waited for, as it lies beside it."""
    beside = path.with_name(f"{path.name}.gz")
    if beside.exists():
        return beside.read_bytes()
    return gzip.compress(path.read_bytes(), compresslevel=9, mtime=0)


class Assets(StaticFiles):
    """Below the fingerprint a browser keeps files and never asks again; without it, it asks by
    their ETag whether they changed."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        first, _, rest = path.partition("/")
        known = first == fingerprint()
        response = await super().get_response(rest if known else path, scope)
        if isinstance(response, FileResponse) and Path(response.path).suffix in PACKED:
            response = await _in_gzip(response, Headers(scope=scope))
        response.headers["Cache-Control"] = FOREVER if known else "no-cache"
        return response


async def _in_gzip(file: FileResponse, asked: Headers) -> Response:
    """The file as a client wants it that may take it packed: packed once, for all of them."""
    file.headers["Vary"] = "Accept-Encoding"
    if not takes_gzip(asked):
        return file
    headers = {name: file.headers[name] for name in ("ETag", "Last-Modified", "Vary")}
    body = await to_thread.run_sync(packed, Path(file.path), headers["ETag"])
    headers["Content-Encoding"] = "gzip"
    return Response(body, file.status_code, headers, file.media_type)
