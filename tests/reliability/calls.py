"""Every call of the API that takes a body, with a body that is right and small."""

from typing import Any

import httpx

from app.main import create_app
from app.settings import Settings
from tests.api.conftest import MINILM, check_problem

JSON = {"Content-Type": "application/json"}
GONE = "0" * 32
DOCUMENT = create_app(Settings()).openapi()
BODIES: dict[str, dict[str, Any]] = {
    "/api/v1/tokenize": {"model": MINILM, "text": "a"},
    "/api/v1/analyses": {"model": MINILM, "text": "a"},
    f"/api/v1/analyses/{GONE}/verify": {"layers": [0], "heads": [0]},
    "/api/v1/attention": {"model": MINILM, "text": "a"},
    "/api/v1/cost": {"model": MINILM, "tokens": 1},
}
POSTS = sorted(BODIES)


def _fields() -> dict[str, list[str]]:
    """What each body may have, from the document."""
    found = {}
    for path, methods in DOCUMENT["paths"].items():
        if "post" in methods:
            schema = methods["post"]["requestBody"]["content"]["application/json"]["schema"]
            body = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            found[path.replace("{id}", GONE)] = sorted(body["properties"])
    return found


FIELDS = _fields()
assert sorted(FIELDS) == POSTS


def check_refused(answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500, answer.text[:500]
    check_problem(answer, answer.status_code, answer.json()["type"].rpartition("#")[2])
