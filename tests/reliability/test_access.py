"""Who gets in: this machine only, or whoever has the token."""

import re
import socket
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect
from pydantic import SecretStr
from typer.testing import CliRunner

from app.cli import cli
from app.errors import InvalidRequest
from app.reach import reach
from app.serving import listen
from app.settings import Settings
from tests.api.conftest import check_problem, serving
from tests.browser.axe import violations
from tests.browser.conftest import Headscope
from tests.unit.numpy_engine import NumpyEngine

from .processes import started
from .routes import CALLS, PAGES, Call

TOKEN = "a-token_of.32~characters-in-all-0"  # noqa: S105
BEARER = {"Authorization": f"Bearer {TOKEN}"}
WRONG: list[list[tuple[bytes, bytes]]] = [
    [],
    [(b"Authorization", f"Bearer {TOKEN[:-1]}".encode())],
    [(b"Authorization", f"Bearer {TOKEN}0".encode())],
    [(b"Authorization", f"Basic {TOKEN}".encode())],
    [(b"Authorization", b"Bearer")],
    [(b"Authorization", "Bearer tökén".encode())],
    [(b"Cookie", f"headscope={TOKEN}".encode())],
    [(b"Cookie", b"headscope-0=\xff")],
]
every_call = pytest.mark.parametrize("call", CALLS, ids=" ".join)


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    settings = Settings(token=SecretStr(TOKEN))
    with serving(settings, NumpyEngine()) as base:
        yield base


@pytest.fixture
def stranger(guarded: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=guarded) as client:
        yield client


def test_W1_loopback_only_unless_told_otherwise() -> None:
    with started() as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.link)
        port = int(server.link.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port))
        assert httpx.get(f"{server.url}/api/v1/models").status_code == 200


def test_W1_a_wider_bind_makes_a_token_prints_the_link_with_it_and_logs_it_nowhere() -> None:
    with started("--host=0.0.0.0") as server:
        token = server.link.partition("/?token=")[2]
        assert re.fullmatch(r"[\w-]{32}", token)
        elsewhere = f"http://{socket.gethostname().lower()}:"
        assert elsewhere in server.said
        assert server.said.count(f"/?token={token}") == 3
        by_address = server.url.replace("127.0.0.1", "127.0.0.2")
        check_problem(httpx.get(f"{by_address}/api/v1/models"), 401, "unauthorized")
        assert httpx.get(server.link).status_code == 303
        assert httpx.get(server.link, headers={"Accept": "text/html"}).status_code == 303
        lines = [server.line() for _ in range(3)]
    assert ["GET" in line for line in lines] == [True] * 3
    assert token not in "".join(lines)


def test_W1_a_token_of_ones_own_is_asked_for_and_not_shown() -> None:
    with started("--host=0.0.0.0", HEADSCOPE_TOKEN=TOKEN) as server:
        assert TOKEN not in server.said
        assert "The page asks for the token that you set." in server.said
        assert httpx.get(server.url).status_code == 401
        assert httpx.get(server.url, headers=BEARER).status_code == 200


def test_W1_without_a_token_only_if_that_is_said() -> None:
    with started("--host=0.0.0.0", "--no-token", HEADSCOPE_TOKEN=TOKEN) as server:
        assert "There is no token: whoever reaches this machine can use" in server.said
        assert httpx.get(server.url).status_code == 200


@pytest.mark.parametrize(
    ("host", "name"), [("::", "http://[::1]:"), ("::1", "http://[::1]:"), ("localhost", "")]
)
def test_W1_the_address_that_is_really_bound_decides(host: str, name: str) -> None:
    with listen(host, 0) as listener:
        reached = reach(Settings(), listener, host, make_token=True)
    assert (reached.settings.token is not None) == (host == "::")
    assert reached.url.startswith(name)
    assert ("/?token=" in reached.link) == (host == "::")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--token", "short"], "a token has at least 16 characters"),
        (["--token", "a token with blanks in it"], "a token has at least 16 characters"),
        (["--token", "пятнадцать-букв-и-ещё"], "a token has at least 16 characters"),
        (["--token", ""], "a token has at least 16 characters"),
        (["--token", TOKEN, "--no-token"], "contradict each other"),
        (["--allowed-host", "http://box.lan"], "http://box.lan is no host name"),
        (["--allowed-host", "box.lan:80"], "box.lan:80 is no host name"),
        (["--host", "-"], "- is no address of this machine"),
        (["--host", "203.0.113.9"], "203.0.113.9 is no address of this machine"),
    ],
)
def test_W1_what_cannot_be_asked_for_is_a_sentence(words: list[str], sentence: str) -> None:
    unbindable = [] if "--host" in words else ["--host", "-"]
    done = CliRunner().invoke(cli, ["serve", *unbindable, *words])
    assert isinstance(done.exception, InvalidRequest), done.output
    assert sentence in done.exception.detail
    assert "short" not in done.exception.detail


@every_call
def test_W4_without_the_token_every_route_but_healthz_is_closed(
    stranger: httpx.Client, call: Call
) -> None:
    for headers in WRONG:
        answer = stranger.request(*call, headers=headers)
        if call[1] == "/healthz":
            assert answer.status_code == 200
        else:
            assert answer.status_code == 401, headers
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert TOKEN not in answer.text
            if call[0] != "HEAD":
                check_problem(answer, 401, "unauthorized")
    if call[1] != "/healthz":
        query = {"token": TOKEN[:-1] + "ß"}
        assert stranger.request(*call, params=query).status_code == 401
    for scheme in ("Bearer", "bearer"):
        known = {"Authorization": f"{scheme} {TOKEN}"}
        assert stranger.request(*call, headers=known).status_code not in (400, 401, 403)


@every_call
def test_W4_host_and_site_come_first_with_the_token_or_without(
    stranger: httpx.Client, call: Call
) -> None:
    for token in ({}, BEARER):
        foreign = stranger.request(*call, headers={**token, "Host": "evil.example"})
        assert foreign.status_code == 400
        crossing = stranger.request(*call, headers={**token, "Sec-Fetch-Site": "cross-site"})
        assert crossing.status_code == 403


def test_W4_a_link_leaves_a_cookie_that_is_not_the_token(stranger: httpx.Client) -> None:
    for path in (*PAGES, "/nothing"):
        answer = stranger.get(path, params={"a": "1 2", "token": TOKEN, "b": "é"})
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"{path}?a=1+2&b=%C3%A9"
        cookie = answer.headers["Set-Cookie"]
        port = stranger.base_url.port
        value = f"headscope-{port}=[0-9a-f]{{64}}"
        assert re.fullmatch(f"{value}; HttpOnly; Path=/; SameSite=lax", cookie)
        assert TOKEN not in cookie
    kept = stranger.cookies.get(f"headscope-{port}")
    assert stranger.get("/api/v1/models").status_code == 200
    stranger.cookies.clear()
    other_port = {"Cookie": f"headscope-1={kept}"}
    assert stranger.get("/api/v1/models", headers=other_port).status_code == 401
    assert stranger.post("/api/v1/tokenize", params={"token": TOKEN}).status_code == 401


def test_W4_a_link_leads_nowhere_else(stranger: httpx.Client) -> None:
    request = stranger.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=f"//evil.example/?token={TOKEN}".encode())
    assert stranger.send(request).headers["Location"] == "/evil.example/"


def test_W4_the_documentation_says_how_to_send_it(stranger: httpx.Client) -> None:
    assert "Authorization: Bearer $TOKEN" in stranger.get("/docs", headers=BEARER).text


@pytest.mark.parametrize(
    ("language", "said"), [("en-GB,en", "asks for its token"), ("zh-CN,zh;q=0.9", "需要令牌")]
)
def test_W4_a_browser_without_the_token_gets_a_page_that_needs_nothing_else(
    stranger: httpx.Client, language: str, said: str
) -> None:
    headers = {"Accept": "text/html,*/*", "Accept-Language": language}
    answer = stranger.get("/learn", headers=headers)
    assert answer.status_code == 401
    assert said in answer.text
    assert not re.search(r'(src|href)="(?!data:,)', answer.text)
    assert "<script" not in answer.text


def test_W4_the_page_opens_by_its_link_and_by_typing_the_token(chromium: Browser) -> None:
    with started(HEADSCOPE_TOKEN=TOKEN) as server:
        context = chromium.new_context(locale="en-US")
        page = context.new_page()
        headscope = Headscope(page, server.url)
        link = f"{server.url}/?token={TOKEN}#model=minilm-l6&text=Hello+there"
        page.set_content(f'<a href="{link}">In a mail</a>')
        page.get_by_role("link").click()
        headscope.settle()
        assert TOKEN not in page.url
        assert headscope.text.input_value() == "Hello there"
        headscope.analyse("And another text")
        page.reload()
        headscope.settle()
        assert headscope.text.input_value() == "And another text"

        context.clear_cookies()
        headscope.analyse("Typed when the cookie was gone", state="error")
        expect(page.locator("#text-problem")).to_have_text(
            re.compile("^The server asks for its token. Open the link with it in another tab")
        )
        assert headscope.text.input_value() == "Typed when the cookie was gone"

        page.reload()
        field = page.get_by_label("Token")
        expect(field).to_be_focused()
        field.fill("not-the-token-at-all")
        field.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("not the token of this server")
        field.fill(TOKEN)
        field.press("Enter")
        headscope.settle()
        assert TOKEN not in page.url
        assert headscope.text.input_value() == "And another text"
        assert headscope.errors == []
        context.close()

        narrow = chromium.new_context(
            locale="zh-CN", viewport={"width": 320, "height": 640}, bypass_csp=True
        )
        asked = narrow.new_page()
        asked.goto(f"{server.url}/?token=no")
        expect(asked.get_by_label("令牌")).to_have_accessible_description(re.compile("令牌不正确"))
        assert violations(asked) == []
        assert asked.evaluate("document.documentElement.scrollWidth") == 320
        narrow.close()
