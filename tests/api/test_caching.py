"""What a browser may keep, and what goes over the wire compressed."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

Analyse = Callable[..., str]
ROOT = Path(__file__).parents[2]


def test_weights_never_change_and_are_private(client: httpx.Client, analyse: Analyse) -> None:
    answer = client.get(f"{analyse()}/attention", params={"layers": 0})
    caching = answer.headers["Cache-Control"]
    assert {"private", "immutable"} <= set(caching.split(", "))
    assert answer.headers["ETag"].startswith('"')


def test_a_known_etag_is_304_without_weights(client: httpx.Client, analyse: Analyse) -> None:
    url = f"{analyse()}/attention?layers=0"
    tag = client.get(url).headers["ETag"]
    for sent in (tag, f'"other", {tag}', f"W/{tag}"):
        answer = client.get(url, headers={"If-None-Match": sent})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == tag
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200


def test_equal_questions_have_one_etag_and_others_another(
    client: httpx.Client, analyse: Analyse
) -> None:
    url = f"{analyse()}/attention"

    def tag(query: str) -> str:
        return client.get(f"{url}?{query}").headers["ETag"]

    assert tag("layers=0&heads=1") == tag("heads=1&layers=0&dtype=float32&queries=0:12&pool=mean")
    different = ["layers=0", "layers=1", "layers=0&format=csv", "layers=0&dtype=int8", "layers=0,1"]
    different += ["layers=1,0", "layers=0&size=5", "layers=0&size=5&pool=mean", "reduce=mean"]
    assert len({tag(query) for query in different}) == len(different)
    other = f"{analyse('another text')}/attention?layers=0"
    assert client.get(other).headers["ETag"] != tag("layers=0")


@pytest.mark.parametrize(
    ("query", "compressed"),
    [
        ("format=json", True),
        ("format=csv", True),
        ("format=npy&dtype=uint8", True),
        ("format=npy&dtype=int8", True),
        ("format=npy", False),
        ("format=npy&dtype=float16", False),
    ],
)
def test_float_arrays_are_never_compressed(
    client: httpx.Client, analyse: Analyse, query: str, compressed: bool
) -> None:
    url = f"{analyse('a ' * 100)}/attention?layers=0&{query}"
    plain = client.get(url, headers={"Accept-Encoding": "identity"})
    packed = client.get(url, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert (packed.headers.get("Content-Encoding") == "gzip") is compressed
    assert packed.content == plain.content
    if compressed:
        assert "Accept-Encoding" in packed.headers["Vary"]


def test_analyses_hold_text_and_are_not_stored(client: httpx.Client, analyse: Analyse) -> None:
    assert client.get(analyse()).headers["Cache-Control"] == "no-store"


def test_static_files_have_an_etag_and_are_asked_about(client: httpx.Client) -> None:
    answer = client.get("/static/css/docs.css", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get("/static/css/docs.css", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_names_files_that_a_browser_may_keep_for_ever(client: httpx.Client) -> None:
    page = client.get("/").text
    (root,) = set(re.findall(r'"(/static/[0-9a-f]{16})/', page))
    assert '"/static/' not in page.replace(root, "")
    for path in re.findall(rf'"({root}/[^"]+)"', page):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.content == (ROOT / "static" / path.removeprefix(root + "/")).read_bytes()
    assert client.get(f"/static/{'0' * 16}/js/main.js").status_code == 404


def test_plotly_is_packed_once_and_well(client: httpx.Client) -> None:
    (plotly,) = (ROOT / "static/vendor").glob("*.js")
    url = f"/static/vendor/{plotly.name}"
    with client.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer:
        body = b"".join(answer.iter_raw())
    assert len(body) < 500_000
    assert int(answer.headers["Content-Length"]) == len(body)
    assert gzip.decompress(body) == plotly.read_bytes()
    assert body == plotly.with_name(f"{plotly.name}.gz").read_bytes()
    plain = client.get(url, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.content == plotly.read_bytes()
    assert client.head(url).headers["Content-Length"]
