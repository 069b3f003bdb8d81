"""`analyze` in Python, without a server: the same numbers as the API, bit for bit."""

import asyncio
import contextlib
import io
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx
import numpy as np
import pytest

import app
from app.engine.packages import packaged
from app.errors import AnswerTooLarge, InvalidRequest, NotSupported, TooManyTokens
from app.services.engine import LoadedModel, LocalEngine
from app.settings import Settings

from .conftest import SMOLLM2, TEXT, Array

ROOT = Path(__file__).parents[2]
Analyse = Callable[..., str]


@pytest.fixture(scope="module")
def cat() -> app.Analysis:
    return app.analyze(TEXT)


@pytest.mark.parametrize(
    ("asked", "shape"),
    [
        ({}, (12, 12)),
        ({"stack": "encoder", "other_stack": "encoder", "other_layer": 0}, (12, 12)),
        ({"hide": "special", "renormalise": True, "unit": "word"}, (12, 12)),
        ({"size": 5}, (5, 5)),
    ],
)
def test_two_heads_are_compared_as_the_api_does(
    cat: app.Analysis, client: httpx.Client, analyse: Analyse, asked: dict[str, Any], shape: Any
) -> None:
    found = cat.compare(cat, layer=3, head=1, other_head=5, **asked)
    query = {**asked, "layer": 3, "head": 1, "other_head": 5}
    url = analyse()
    told = client.get(f"{url}/compare/{url.rsplit('/', 1)[1]}", params=query).json()
    assert found.a.shape == shape
    for ours, theirs in zip(
        (found.a, found.b, found.difference), ("a", "b", "difference"), strict=True
    ):
        np.testing.assert_array_equal(ours, np.array(told[theirs], np.float32)[0, 0])
    assert (found.mean_abs, found.jsd) == (told["mean_abs"], told["jsd"])


@pytest.fixture(scope="module")
def minilm() -> Path:
    folder = packaged(Settings())[0].folder
    assert folder
    return folder


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ({}, {}),
        ({"layers": 3, "heads": 1}, {"layers": "3", "heads": "1"}),
        ({"layers": [0, -1], "heads": slice(2, 4)}, {"layers": "0,5", "heads": "2,3"}),
        ({"layers": "0,5", "queries": "0:2,4:6"}, {"layers": "0,5", "queries": "0:2,4:6"}),
        ({"queries": 6, "keys": range(1, 4)}, {"queries": "6:7", "keys": "1:4"}),
        ({"queries": -1, "keys": slice(None, -2)}, {"queries": "11:12", "keys": "0:10"}),
        ({"queries": [5, 1, 2], "keys": [(0, 2), 7]}, {"queries": "5:6,1:3", "keys": "0:2,7:8"}),
        ({"keys": np.array([3, 4, 9])}, {"keys": "3:5,9:10"}),
        (
            {"hide": ["special", "punctuation"], "renormalise": True, "reduce": "heads-mean"},
            {"hide": "special,punctuation", "renormalise": "true", "reduce": "heads-mean"},
        ),
        ({"hide": "first", "reduce": "max"}, {"hide": "first", "reduce": "max"}),
        ({"keep": "top:3"}, {"keep": "top:3"}),
        ({"keep": "min:.1", "off": ["first"]}, {"keep": "min:0.1", "off": "first"}),
        ({"size": 5, "dtype": "uint8"}, {"size": "5", "dtype": "uint8"}),
        ({"size": 5, "pool": "mean"}, {"size": "5", "pool": "mean"}),
        ({"dtype": "float16"}, {"dtype": "float16"}),
        ({"part": "mask"}, {"part": "mask"}),
        ({"unit": "word", "queries": -2}, {"unit": "word", "queries": "10:11"}),
        ({"part": "sink_mass"}, {"part": "sink_mass"}),
    ],
)
def test_attention_is_the_answer_of_the_api_bit_for_bit(
    cat: app.Analysis,
    analyse: Callable[..., str],
    weights: Callable[..., Array],
    asked: dict[str, Any],
    query: dict[str, str],
) -> None:
    own, served = cat.attention(**asked), weights(analyse(), **query)
    assert own.dtype == served.dtype
    assert own.ndim == 4
    np.testing.assert_array_equal(own, served, strict=True)


def test_a_decoder_gives_the_same_numbers_too(
    analyse: Callable[..., str], weights: Callable[..., Array]
) -> None:
    own = app.analyze(TEXT, SMOLLM2).attention(layers=[0, 29], queries=slice(2, None))
    served = weights(analyse(model=SMOLLM2), layers="0,29", queries=f"2:{own.shape[-1]}")
    np.testing.assert_array_equal(own, served, strict=True)


def test_an_analysis_says_what_the_api_says(cat: app.Analysis, client: Any) -> None:
    body = {"model": "minilm-l6", "text": TEXT}
    served = client.post("/api/v1/analyses", json=body).json()
    assert cat.id == served["id"]
    assert [token.text for token in cat.tokens] == [
        token["text"] for token in served["tokens"]["input"]
    ]
    assert cat.model.revision == served["model"]["revision"]
    assert cat.checks.output_max_error == served["checks"]["output_max_error"]
    assert (cat.stacks[0].name, cat.truncated) == ("encoder", False)
    assert repr(cat) == "<Analysis minilm-l6, 12 tokens, encoder 6 x 12 heads>"


def test_heads_are_compared_with_eager_on_demand_and_the_first_object_stays(
    cat: app.Analysis,
) -> None:
    checked = cat.verify(layers=3, heads=[1, 2]).verify(layers=[4], heads=0)
    assert checked.checks.eager_max_error is not None
    assert checked.checks.eager_max_error < 1e-5
    compared = {one.layer: one.heads for one in checked.checks.eager_checked}
    assert compared == {3: (1, 2), 4: (0,)}
    assert cat.checks.eager_max_error is None


def test_options_of_a_text_reach_the_tokenizer() -> None:
    pair = app.analyze("Where?", text_pair="Here.")
    assert [token.segment for token in pair.tokens] == [0, 0, 0, 0, 1, 1, 1]
    bare = app.analyze("[MASK]", add_special_tokens=False, parse_special=False)
    assert [token.text for token in bare.tokens] == ["[", "mask", "]"]
    cut = app.analyze("word " * 600, truncate=True)
    assert (cut.truncated, len(cut.tokens)) == (True, 512)


@pytest.mark.parametrize(
    ("asked", "kind", "sentence"),
    [
        ({"text": 5}, InvalidRequest, "text: Input should be a valid string"),
        ({"text": "\ud800"}, InvalidRequest, "half of a surrogate pair"),
        ({"text": "word " * 600}, TooManyTokens, "The text has 602 tokens"),
        ({"text": "a", "target": "b"}, NotSupported, "This model reads one input only"),
        ({"text": "a", "model": "nothing"}, InvalidRequest, "neither a folder nor the id"),
        ({"text": "a", "model": "mine=/nowhere"}, InvalidRequest, "There is no folder /nowhere"),
    ],
)
def test_what_cannot_be_analysed_is_a_sentence(
    asked: dict[str, Any], kind: type[app.HeadscopeError], sentence: str
) -> None:
    with pytest.raises(kind, match=re.escape(sentence)):
        app.analyze(**asked)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"layers": 6}, "There is no such layer; they go from 0 to 5."),
        ({"layers": [0, 0]}, "A layer is asked for twice."),
        ({"layers": "first"}, "indices are whole numbers with commas"),
        ({"layers": []}, "Name layers and heads by a whole number"),
        ({"heads": 1.5}, "here they go from 0 to 11"),
        ({"heads": -13}, "here they go from 0 to 11"),
        ({"queries": 12}, "here they go from 0 to 11"),
        ({"queries": slice(5, 5)}, "Name queries and keys by a whole number"),
        ({"keys": [(0, 99)]}, "here they go from 0 to 11"),
        ({"keys": ["x"]}, "Name queries and keys by a whole number"),
        ({"stack": "cross"}, "This analysis has no such stack. It has: encoder."),
        ({"dtype": "float64"}, "dtype: Input should be"),
        ({"method": "rollout"}, "This stack has these methods: weights."),
        ({"unit": "sentence"}, "unit: Input should be 'token' or 'word'"),
        ({"unit": "word", "queries": "0:13"}, "end at 12 or before"),
    ],
)
def test_what_an_analysis_does_not_have_is_a_sentence(
    cat: app.Analysis, asked: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(app.HeadscopeError, match=re.escape(sentence)):
        cat.attention(**asked)


def test_more_places_may_be_named_than_a_query_string_holds() -> None:
    long = app.analyze(" ".join([TEXT] * 20))
    odd = long.attention(layers=0, heads=0, keys=slice(1, None, 2))
    np.testing.assert_allclose(odd, long.attention(0, 0)[..., 1::2], rtol=0, atol=1e-7)


def test_it_works_inside_a_running_event_loop_and_from_threads(cat: app.Analysis) -> None:
    async def notebook() -> Array:
        return app.analyze(TEXT).attention(layers=2)

    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(lambda _: app.analyze(TEXT).attention(layers=2), range(6)))
    for own in (asyncio.run(notebook()), *found):
        np.testing.assert_array_equal(own, cat.attention(layers=2), strict=True)


def test_a_model_of_a_folder_is_loaded_once_until_its_files_change(
    minilm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    load = LocalEngine.load

    def counted(self: LocalEngine, id: str) -> LoadedModel:
        loads.append(id)
        return load(self, id)

    monkeypatch.setattr(LocalEngine, "load", counted)
    folder = copytree(minilm, tmp_path / "mine")
    by_path, by_name = app.analyze(TEXT, folder), app.analyze(TEXT, f"other={folder}")
    assert app.analyze(TEXT, str(folder)).id == by_path.id
    assert loads == ["mine", "other"]
    assert (by_path.model.id, by_name.model.id) == ("mine", "other")
    notes = folder / "notes.txt"
    notes.write_text("one more file", "utf-8")
    changed = app.analyze(TEXT, folder)
    assert loads == ["mine", "other", "mine"]
    assert changed.model.revision != by_path.model.revision


def test_importing_the_package_imports_nothing_heavy_and_lists_its_names() -> None:
    program = (
        "import sys, app\n"
        "assert {'analyze', 'show', 'Analysis', 'HeadscopeError'} <= set(dir(app))\n"
        "heavy = {'torch', 'transformers', 'numpy', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert app.HeadscopeError.__name__ == 'HeadscopeError' and callable(app.analyze)\n"
        "assert callable(app.show)\n"
        "heavy = {'torch', 'transformers', 'fastapi'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "try: app.nothing\n"
        "except AttributeError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "module 'app' has no attribute 'nothing'\n", done.stderr


def test_a_text_that_is_too_long_for_a_page_says_how_to_ask_for_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long = app.analyze("word " * 600, truncate=True)
    with pytest.raises(AnswerTooLarge, match="at most 5 of its layers, or take a shorter text"):
        long.to_html()
    assert long._repr_html_().startswith("<p>A page with these layers would hold 75.5 MB")
    assert len(long.to_html(layers=0)) < 20_000_000
    monkeypatch.setenv("HEADSCOPE_MAX_PAGE_BYTES", "1000")
    limited = app.analyze("word " * 600, truncate=True)
    with pytest.raises(AnswerTooLarge, match=r"0\.0 MB\. Take a shorter text"):
        limited.to_html(layers=0)


def test_the_code_of_the_documentation_runs_as_printed(
    minilm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the checkout's name of the package, and with the packaged model for the Hub's."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/python.md").read_text("utf-8"), re.S)
    program = "\n".join(blocks).replace("from headscope import", "from app import")
    program = program.replace("sentence-transformers/all-MiniLM-L6-v2", str(minilm))
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(program, {})  # noqa: S102
    for comment in re.findall(r"print\(.*\)  # (.+)", program):
        assert comment in said.getvalue().splitlines()
    assert "“are” looks at “keys” in L3H1: 0.7878" in said.getvalue()
    assert (tmp_path / "keys.html").stat().st_size < 2_000_000
