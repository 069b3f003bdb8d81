"""The one error shape, asserted on every route for every way to fail."""

import http.client
from typing import Any

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
PAGES: list[Route] = [
    ("GET", path)
    for path in ("/", "/docs", "/docs/errors", "/openapi.json", "/static/css/docs.css")
]
POSTS = [route for route in ROUTES if route[0] == "POST"]
BODIES: dict[str, dict[str, Any]] = {
    "/api/v1/tokenize": {"model": MINILM, "text": "a"},
    "/api/v1/analyses": {"model": MINILM, "text": "a"},
    f"/api/v1/analyses/{GONE}/verify": {},
    "/api/v1/attention": {"model": MINILM, "text": "a"},
    "/api/v1/cost": {"model": MINILM, "tokens": 8},
}

by_route = pytest.mark.parametrize("route", ROUTES, ids=" ".join)
by_post = pytest.mark.parametrize("path", [path for _, path in POSTS])


def test_every_post_has_a_body_here() -> None:
    assert set(BODIES) == {path for _, path in POSTS}


@pytest.mark.parametrize("route", ROUTES + PAGES, ids=" ".join)
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil",
        "127.0.0.1.nip.io",
        "[::2]",
        ":80",
        "@localhost",
    ],
)
def test_a_foreign_host_is_refused_everywhere(
    client: httpx.Client, route: Route, host: str
) -> None:
    check_problem(client.request(*route, headers={"Host": host}), 400, "bad-host")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1234", "127.0.0.1", "[::1]:8000", "[::1]"]
)
def test_the_own_names_are_served_on_any_port(client: httpx.Client, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_a_request_without_a_host_is_refused(address: str) -> None:
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    connection.putrequest("GET", "/healthz", skip_host=True)
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


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


@by_post
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
    ],
)
def test_a_post_from_another_site_is_forbidden(
    client: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    answer = client.post(path, json=BODIES[path], headers=headers)
    check_problem(answer, 403, "forbidden")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_post_from_the_own_page_is_not(client: httpx.Client, address: str) -> None:
    body = BODIES["/api/v1/tokenize"]
    for headers in ({"Sec-Fetch-Site": "same-origin", "Origin": address}, {"Origin": address}, {}):
        answer = client.post("/api/v1/tokenize", json=body, headers=headers)
        assert answer.status_code == 200


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
