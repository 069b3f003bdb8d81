"""The reference: complete, and its examples work as printed."""

import html
import re
import subprocess

import httpx

from app.errors import HeadscopeError
from app.routes.reference import BASE

from .conftest import check_problem


def test_every_call_of_the_document_is_on_the_page(client: httpx.Client) -> None:
    page = client.get("/docs").text
    document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()}</span> {path}</h2>" in page
            for parameter in operation.get("parameters", []):
                assert f"<code>{parameter['name']}</code>" in page


def test_every_example_works_as_printed(client: httpx.Client, address: str) -> None:
    page = client.get("/docs").text
    examples = [html.unescape(one) for one in re.findall(r"<code>((?:curl|ID=).*?)</code>", page)]
    document = client.get("/openapi.json").json()
    assert len(examples) == sum(len(methods) for methods in document["paths"].values())
    commands = "\n".join(examples).replace(BASE, address).replace("curl ", "curl --silent --fail ")
    script = f"set -euo pipefail\n{commands}"
    done = subprocess.run(["/bin/bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "attention" in done.stdout


def test_every_error_is_explained_where_its_type_points(client: httpx.Client) -> None:
    catalogue = client.get("/docs/errors").text
    errors: list[type[HeadscopeError]] = [HeadscopeError, *HeadscopeError.__subclasses__()]
    for error in errors:
        assert f'<section id="{error.type}">' in catalogue
        assert html.escape(error.advice, quote=True).replace("&#x27;", "&#39;") in catalogue
    problem = check_problem(client.get("/api/v1/models/none"), 404, "unknown-model")
    path, _, anchor = problem["type"].partition("#")
    assert f'id="{anchor}"' in client.get(path).text
