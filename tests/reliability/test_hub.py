"""Models of the Hub: which ids reach it, what is fetched, and what a cut download leaves."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import constants
from pydantic import SecretStr

from app.errors import InvalidRequest
from app.reach import reach
from app.services.models import REMEMBERED
from app.serving import listen
from app.settings import Settings
from tests.api.conftest import check_problem
from tests.api.conftest import serving as serving_here
from tests.browser.conftest import serving
from tests.engine.families import KEEP_QKV, save

from .conftest import Figure
from .hub import COMMIT, Hub, serving_hub

ROOT = Path(__file__).parents[2]
GPT2 = "openai-community/gpt2"
OTHER = "prajjwal1/bert-tiny"
TEXT = "the quick brown fox"
PROGRAM = """
import sys
from app.engine.catalog import build_catalog
from app.errors import HeadscopeError
from app.settings import Settings
try:
    heard = []
    location = build_catalog(Settings()).locate(sys.argv[1], heard.append)
    print(location.folder, location.revision, *heard, sep="\\n")
except HeadscopeError as error:
    sys.exit(f"{type(error).__name__}: {error.detail}")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real model, tiny and random."""
    return save(tmp_path_factory.mktemp("model") / "tiny", KEEP_QKV["bert"])


@pytest.fixture
def hub(folder: Path) -> Iterator[Hub]:
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    files |= {"pytorch_model.bin": b"pickle", "modeling.py": b"code", "onnx/config.json": b"{}"}
    with serving_hub(files) as hub:
        yield hub


def environment(hub: str, home: Path) -> dict[str, str]:
    """huggingface_hub reads its variables on import, so each case has a process of its own."""
    return {"HF_ENDPOINT": hub, "HF_HOME": str(home)}


def begin(hub: str, home: Path, id: str = GPT2) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, id],
        cwd=ROOT,
        env={**os.environ, **environment(hub, home)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def locate(hub: str, home: Path) -> tuple[list[str], str]:
    """Folder, revision and the shares that were heard; and what was said instead."""
    found, said = begin(hub, home).communicate(timeout=60)
    return found.split(), said


def test_M3_weights_and_texts_come_at_one_commit_and_nothing_that_runs(
    hub: Hub, tmp_path: Path, folder: Path
) -> None:
    (snapshot, revision, *heard), _ = locate(hub.url, tmp_path)
    assert revision == COMMIT
    shares = [float(share) for share in heard]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert any(0 < share < 1 for share in shares)
    fetched = {str(path.relative_to(snapshot)) for path in Path(snapshot).rglob("*")}
    assert fetched == {path.name for path in folder.iterdir()}


def test_M3_pickled_weights_alone_are_refused_before_anything_is_downloaded(
    hub: Hub, tmp_path: Path
) -> None:
    del hub.files["model.safetensors"]
    _, said = locate(hub.url, tmp_path)
    assert said.startswith(f"ModelRefused: {GPT2} has no .safetensors file")
    assert not any("/resolve/" in path for path in hub.asked)


def test_M4_weights_over_the_limit_are_refused_before_anything_is_downloaded(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADSCOPE_MAX_MODELS_BYTES", "10000")
    _, said = locate(hub.url, tmp_path)
    assert re.match(r"ModelRefused: It needs 0\.\d MB of memory and this server may hold 0.0", said)
    assert not any("/resolve/" in path for path in hub.asked)


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (403, "GatedRepo", "only to accounts that accepted its terms"),
        (404, "RepoNotFound", "The Hub has no public model"),
        (500, "", "stopped (HfHubHTTPError)"),
    ],
)
def test_M3_what_the_hub_refuses_is_a_sentence(
    hub: Hub, tmp_path: Path, status: int, code: str, sentence: str
) -> None:
    hub.refusal = (status, code)
    _, said = locate(hub.url, tmp_path)
    assert said.startswith("ModelFailed: ")
    assert sentence in said


@pytest.mark.parametrize("cut", ["model.safetensors", "tokenizer.json"])
def test_C6_a_download_killed_in_the_middle_is_not_there_and_the_next_one_ends_it(
    hub: Hub, tmp_path: Path, cut: str
) -> None:
    hub.held = cut
    process = begin(hub.url, tmp_path)
    assert hub.waiting.wait(30)
    time.sleep(0.5)  # The other files come meanwhile.
    process.kill()
    process.communicate()
    _, said = locate("http://127.0.0.1:1", tmp_path)
    assert "is not on this disk" in said
    hub.held = None
    found, _ = locate(hub.url, tmp_path)
    assert found[1] == COMMIT
    assert locate("http://127.0.0.1:1", tmp_path)[0] == found[:2]


def test_M1_with_allow_any_model_an_id_of_the_hub_is_loaded_from_its_snapshot(
    hub: Hub, tmp_path: Path, folder: Path
) -> None:
    with (
        serving(
            0,
            **environment(hub.url, tmp_path / "home"),
            HEADSCOPE_MODELS=json.dumps([str(folder)]),
            HEADSCOPE_ALLOW_ANY_MODEL="1",
        ) as base,
        httpx.Client(base_url=f"{base}/api/v1/", timeout=60) as client,
    ):
        assert client.get("models").json()["any"]
        described = client.get(f"models/{OTHER}").json()
        assert (described["source"], described["status"]) == ("hub", "available")
        assert not hub.asked
        own = client.post("attention", json={"model": "tiny", "text": TEXT}).json()
        answer = client.post("attention", json={"model": OTHER, "text": TEXT}).json()
        assert answer["model"]["revision"] == COMMIT
        assert answer["attention"] == own["attention"]
        listed = client.get("models").json()["models"]
        assert [model["status"] for model in listed if model["id"] == OTHER] == ["ready"]
        refused_ids(client, hub)
        remembered(client, hub)


def refused_ids(client: httpx.Client, hub: Hub) -> None:
    """What is no id is unknown, and neither the Hub nor a folder is asked for it."""
    before = len(hub.asked)
    for id in ("gpt2", "../etc", "a/../b", "a--b/c", "a/b/c", "/etc", "a/b\n", "a/" + "b" * 150):
        answer = client.post("attention", json={"model": id, "text": TEXT})
        assert "read owner/name" in check_problem(answer, 404, "unknown-model")["detail"]
    assert len(hub.asked) == before


def remembered(client: httpx.Client, hub: Hub) -> None:
    """Ids that lead nowhere are told of for a while, not for ever."""
    fixed = len(client.get("models").json()["models"])
    hub.refusal = (404, "RepoNotFound")
    for number in range(REMEMBERED + 5):
        answer = client.post("attention", json={"model": f"a/b{number}", "text": TEXT})
        check_problem(answer, 503, "model-failed")
    assert len(client.get("models").json()["models"]) <= fixed + REMEMBERED + 1


@pytest.mark.parametrize(
    ("host", "token", "fine"),
    [
        ("127.0.0.1", None, True),
        ("::1", None, True),
        ("0.0.0.0", None, False),  # noqa: S104
        ("::", None, False),
        ("0.0.0.0", SecretStr("a-token-of-some-length"), True),  # noqa: S104
    ],
)
def test_M1_allow_any_model_needs_a_loopback_address_or_a_token(
    host: str, token: SecretStr | None, fine: bool
) -> None:
    settings = Settings(allow_any_model=True, token=token)
    with listen(host, 0) as listener:
        if fine:
            assert reach(settings, listener, host, make_token=False).settings.allow_any_model
        else:
            with pytest.raises(InvalidRequest, match="Leave --no-token out"):
                reach(settings, listener, host, make_token=False)


def test_M1_the_command_refuses_to_offer_any_model_to_everybody() -> None:
    words = ["--allow-any-model", "--no-token", "--host=0.0.0.0", "--port=0"]
    done = subprocess.run(
        [sys.executable, "-m", "app", "serve", *words],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "makes it download models" in done.stderr


@pytest.fixture
def offline_client(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[httpx.Client]:
    """A server in this process with one model of its own and an empty cache of the Hub."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with (
        serving_here(Settings(models=(str(folder),))) as base,
        httpx.Client(base_url=f"{base}/api/v1/", timeout=60) as client,
    ):
        client.post("attention", json={"model": folder.name, "text": TEXT}).raise_for_status()
        yield client


def test_M1_an_id_outside_the_list_is_unknown_and_touches_no_network(
    hub: Hub, offline_client: httpx.Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    for id in (OTHER, "a/b", "gpt2", str(folder), "../tiny"):
        for path in ("attention", "analyses", "tokenize"):
            answer = offline_client.post(path, json={"model": id, "text": TEXT})
            problem = check_problem(answer, 404, "unknown-model")
            assert "--allow-any-model" in problem["detail"]
        assert offline_client.get(f"models/{id}").status_code == 404
    assert not hub.asked
    hub.refusal = (404, "RepoNotFound")
    offline_client.post("attention", json={"model": GPT2, "text": TEXT})
    assert hub.asked


def test_M2_an_id_never_names_a_folder_beside_the_server(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder, tmp_path / OTHER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    settings = Settings(models=(str(folder),), allow_any_model=True)
    with serving_here(settings) as base:
        body = {"model": OTHER, "text": TEXT}
        answer = httpx.post(f"{base}/api/v1/attention", json=body, timeout=60)
    assert "is not on this disk" in check_problem(answer, 503, "model-failed")["detail"]


def test_M2_what_lies_in_the_cache_is_loaded_from_its_snapshot_without_a_network(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "models--prajjwal1--bert-tiny"
    snapshot = repository / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    for path in folder.iterdir():
        shutil.copy(path, repository / "blobs" / path.name)
        (snapshot / path.name).symlink_to(f"../../blobs/{path.name}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with serving_here(Settings(models=(OTHER,))) as base:
        body = {"model": OTHER, "text": TEXT}
        answer = httpx.post(f"{base}/api/v1/attention", json=body, timeout=60)
    assert answer.json()["model"]["revision"] == COMMIT


@pytest.mark.parametrize("trouble", ["silent", "refused", "slow names", "offline"])
def test_M7_without_a_network_a_model_of_the_hub_fails_within_two_seconds(
    offline_client: httpx.Client, monkeypatch: pytest.MonkeyPatch, figure: Figure, trouble: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        if trouble == "refused":
            silent.close()
        if trouble == "slow names":
            monkeypatch.setattr(constants, "ENDPOINT", "http://hub.invalid")
            monkeypatch.setattr(socket, "getaddrinfo", slow_names)
        if trouble == "offline":
            monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
        started = time.perf_counter()
        answer = offline_client.post("attention", json={"model": GPT2, "text": TEXT})
        took = time.perf_counter() - started
    problem = check_problem(answer, 503, "model-failed")
    assert f"{GPT2} is not on this disk and the Hugging Face Hub cannot" in problem["detail"]
    figure(f"{trouble}: {took:.2f} s")
    assert took < 2


def slow_names(host: Any, *words: Any, find: Any = socket.getaddrinfo, **options: Any) -> Any:
    if host in ("hub.invalid", b"hub.invalid"):
        time.sleep(5)
    return find(host, *words, **options)
