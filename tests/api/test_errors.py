"""The one error shape, asserted on every route for every way to fail."""

import httpx
import pytest

from app.main import create_app
from app.settings import Settings

from .conftest import MINILM, check_problem

Route = tuple[str, str]
GONE = "0" * 32
ROUTES: list[Route] = [
    (method.upper(), path.replace("/models/{id}", f"/models/{MINILM}").replace("{id}", GONE))
    for path, methods in create_app(Settings()).openapi()["paths"].items()
    for method in methods
]

by_route = pytest.mark.parametrize("route", ROUTES, ids=" ".join)


@by_route
def test_a_method_that_a_route_does_not_take(client: httpx.Client, route: Route) -> None:
    answer = client.request("PATCH", route[1])
    check_problem(answer, 405, "not-supported")
    assert answer.headers["Allow"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v1", "/api/v2/models", "/static/nothing.js", "/docs/", "/%00"]
)
def test_an_address_with_nothing_behind_it(client: httpx.Client, path: str) -> None:
    check_problem(client.get(path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/jobs"),
        ("GET", "/api/v1/jobs/1"),
        ("GET", "/api/v1/jobs/1/events"),
        ("DELETE", "/api/v1/jobs/1"),
    ],
)
def test_what_comes_later_says_so(client: httpx.Client, method: str, path: str) -> None:
    check_problem(client.request(method, path), 422, "not-supported")


@pytest.mark.parametrize("path", ["/api/v1/tokenize", "/api/v1/analyses", "/api/v1/attention"])
def test_a_model_outside_the_list_is_unknown(client: httpx.Client, path: str) -> None:
    body = {"model": "../sesame", "text": "a"}
    answer = client.post(path, json=body)
    check_problem(answer, 404, "unknown-model")
    assert "sesame" not in answer.text


def test_the_documents_name_only_statuses_that_the_catalogue_has(
    client: httpx.Client,
) -> None:
    document = client.get("/openapi.json").json()
    catalogue = client.get("/docs/errors").text
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"]
                    for type in response["x-problems"]:
                        assert f'id="{type}"' in catalogue
