"""Foreign hosts, other sites' pages, the headers of every answer, static files, unsafe code."""

import ast
import http.client
import re
from pathlib import Path

import httpx
import pytest

from app.settings import Settings
from tests.api.conftest import MINILM, check_problem, serving
from tests.unit.numpy_engine import NumpyEngine

from .routes import CALLS, PAGES, Call

APP = Path(__file__).parents[2] / "app"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; worker-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ELSEWHERE: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:1"},
]
A_LINK = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}
every_call = pytest.mark.parametrize("call", CALLS, ids=" ".join)


def check_headers(answer: httpx.Response) -> None:
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert not [name for name in answer.headers if name.startswith("access-control")]


@every_call
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil",
        "127.0.0.1.nip.io",
        "127.0.0.2",
        "[::2]",
        ":80",
        "@localhost",
        "",
    ],
)
def test_W2_a_foreign_host_is_refused_everywhere(
    client: httpx.Client, call: Call, host: str
) -> None:
    answer = client.request(*call, headers={"Host": host})
    if call[0] == "HEAD":
        assert answer.status_code == 400
    else:
        check_problem(answer, 400, "bad-host")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1234", "127.0.0.1", "[::1]:8000", "[::1]"]
)
def test_W2_the_own_names_are_served_on_any_port(client: httpx.Client, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_W2_a_request_without_a_host_is_refused(address: str) -> None:
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    connection.putrequest("GET", "/healthz", skip_host=True)
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


def test_W2_one_more_can_be_allowed_and_the_address_it_came_to_always_is() -> None:
    settings = Settings(allowed_hosts=("headscope.lan",))
    with serving(settings, NumpyEngine()) as base, httpx.Client(base_url=base) as client:
        assert client.get("/healthz").status_code == 200
        for host in ("headscope.lan", "HEADSCOPE.LAN:80"):
            assert client.get("/healthz", headers={"Host": host}).status_code == 200
        answer = client.get("/healthz", headers={"Host": "localhost"})
        check_problem(answer, 400, "bad-host")


@every_call
@pytest.mark.parametrize("headers", ELSEWHERE, ids=lambda headers: " ".join(headers.values()))
def test_W3_a_request_of_another_sites_page_is_forbidden_everywhere(
    client: httpx.Client, call: Call, headers: dict[str, str]
) -> None:
    answer = client.request(*call, headers=headers)
    if call[0] == "HEAD":
        assert answer.status_code == 403
    else:
        check_problem(answer, 403, "forbidden")
    check_headers(answer)


@every_call
def test_W3_a_link_of_another_site_opens_pages_and_nothing_of_the_api(
    client: httpx.Client, call: Call
) -> None:
    allowed = call[0] == "GET" and not call[1].startswith("/api/")
    assert (client.request(*call, headers=A_LINK).status_code != 403) is allowed


def test_W3_the_own_page_and_scripts_may(client: httpx.Client, address: str) -> None:
    own = {"Sec-Fetch-Site": "same-origin", "Origin": address}
    for headers in (own, {"Origin": address}, {"Sec-Fetch-Site": "none"}, {}):
        body = {"model": MINILM, "text": "a"}
        answer = client.post("/api/v1/tokenize", json=body, headers=headers)
        assert answer.status_code == 200
        assert client.get("/api/v1/models", headers=headers).status_code == 200


@pytest.mark.parametrize("call", [*CALLS, ("GET", "/nothing")], ids=" ".join)
def test_W5_every_answer_carries_its_security_headers(client: httpx.Client, call: Call) -> None:
    check_headers(client.request(*call))
    check_headers(client.request(*call, headers={"Host": "evil.example"}))
    check_headers(client.request("OPTIONS", call[1]))


def test_W5_a_failure_nobody_expected_carries_them_too() -> None:
    engine = NumpyEngine()
    with serving(engine=engine) as base, httpx.Client(base_url=base) as client:
        client.post("/api/v1/tokenize", json={"model": "tiny", "text": "warm"})
        engine.failure = ZeroDivisionError("nobody expected this")
        answer = client.post("/api/v1/analyses", json={"model": "tiny", "text": "a"})
        check_problem(answer, 500, "internal")
        check_headers(answer)


def test_W5_pages_have_no_script_inside_and_load_nothing_from_outside(
    client: httpx.Client,
) -> None:
    for path in PAGES:
        html = client.get(path).text
        html = html.replace('<a rel="noreferrer" target="_blank" href="https://', '<a href="/')
        assert not re.search(r"<script(?![^>]* src=)|<[^>]+\son\w+=", html)
        for attribute in ('src="', 'href="'):
            for link in html.split(attribute)[1:]:
                assert link[0] in "/#"


@pytest.mark.parametrize(
    "path",
    [
        "../app/main.py",
        "..%2fapp%2fmain.py",
        "%2e%2e/app/main.py",
        "....//app/main.py",
        "/etc/passwd",
        "css",
        "",
        "css/%00",
        "%c0%ae%c0%ae/app/main.py",
    ],
)
def test_W10_there_is_no_way_out_of_static(address: str, path: str) -> None:
    request = httpx.Request("GET", address)
    request.url = request.url.copy_with(raw_path=f"/static/{path}".encode())
    with httpx.Client() as client:
        check_problem(client.send(request), 404, "not-found")


UNSAFE_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml"}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__", "torch.load", "os.system", "os.popen"}
UNSAFE_OPTIONS = {"shell", "allow_pickle", "trust_remote_code"}


def unsafe(source: str) -> list[str]:
    """What a module imports, calls or asks for that could run what it reads."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            names = [module or "", *(alias.name for alias in node.names)]
            found += [name for name in names if name.partition(".")[0] in UNSAFE_MODULES]
        elif isinstance(node, ast.Call):
            found += [ast.unparse(node.func)] if ast.unparse(node.func) in UNSAFE_CALLS else []
            found += [
                f"{option.arg}={ast.unparse(option.value)}"
                for option in node.keywords
                if option.arg in UNSAFE_OPTIONS and ast.unparse(option.value) != "False"
            ]
    return found


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=lambda path: path.name)
def test_W11_nothing_that_is_read_can_run(path: Path) -> None:
    assert unsafe(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from yaml import load",
        "import os, joblib.numpy_pickle",
        "eval(text)",
        "torch.load(path, weights_only=True)",
        "run(words, shell=True)",
        "np.load(file, allow_pickle=ask)",
    ],
)
def test_W11_each_of_these_would_be_found(source: str) -> None:
    assert unsafe(source)
