"""From text, or from weights in memory, to the first picture: Headscope and its rivals in turn."""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import httpx
import numpy as np
import torch
from playwright.sync_api import Error, Playwright, sync_playwright

from app.settings import Settings

from .budget import Row
from .models import MINILM, SMOLLM2, loaded, plain, requests
from .ours import Ours
from .picture import SIZE, browsing, first_picture
from .rivals.environment import prepare, scripts
from .rivals.trial import Failed, Rivals, Shown
from .watch import Watch, chromium

TYPED, OPENED = "Headscope, text typed", "Headscope, link opened"
OURS = (
    *((TYPED, tokens, MINILM) for tokens in (128, 512)),
    *((TYPED, tokens, SMOLLM2) for tokens in (2048, 8192)),
    *((OPENED, tokens, MINILM) for tokens in (128, 512)),
)
BERTVIZ = {"BertViz head view": "head_view", "BertViz model view": "model_view"}
THEIRS = {**BERTVIZ, "attnview": "attnview"}
SIZES = (*((tokens, MINILM) for tokens in (32, 128, 256, 512)), (1024, SMOLLM2))
OFTEN = 3
"""Trials of what takes seconds; the rest is tried once."""


@dataclass(frozen=True)
class Trial:
    """One line of the comparison: medians, or what came instead of a picture."""

    tool: str
    tokens: int
    model: str
    shown: Shown | None
    failed: str = ""


def trials(base: str) -> Iterator[Trial]:
    home = Settings().cache_dir / "bench"
    home.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver, tempfile.TemporaryDirectory(dir=home) as folder:
        yield _trial("an empty page", 0, "", partial(_empty, driver), OFTEN)
        for tool, tokens, model in OURS:
            show = partial(Ours(base, model, typed=tool == TYPED).show, driver, tokens)
            yield _trial(tool, tokens, model, show, OFTEN if tokens <= 512 else 1)
        try:
            rivals = Rivals(prepare(home / "venv"), scripts(home / "npm"), Path(folder))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            for tool in THEIRS:
                yield Trial(tool, 0, "", None, f"could not be installed: {error}")
        else:
            yield from _theirs(driver, rivals)


def _empty(driver: Playwright) -> Shown:
    """What the rule and the browser take by themselves."""
    with browsing(driver) as browser, Watch(chromium) as watch:
        seconds = first_picture(browser.new_page(viewport=SIZE), "about:blank", "html")
        time.sleep(1)
    return Shown(seconds, 0, 0, watch.most)


def _theirs(driver: Playwright, rivals: Rivals) -> Iterator[Trial]:
    """Every tool at every size until it fails, all on the same weights."""
    left = dict(THEIRS)
    for tokens, model in SIZES:
        if left:
            _keep_weights(rivals.weights, model, tokens)
        for tool, view in tuple(left.items()):
            show = partial(rivals.show, driver, view, tokens)
            trial = _trial(tool, tokens, model, show, OFTEN if tokens <= 128 else 1)
            if trial.failed:
                del left[tool]
            yield trial


def _trial(tool: str, tokens: int, model: str, show: Callable[[], Shown], times: int) -> Trial:
    try:
        shown = [show() for _ in range(times)]
    except (Failed, Error, httpx.HTTPError) as why:
        return Trial(tool, tokens, model, None, str(why).splitlines()[0])
    middle = Shown(
        median(each.seconds for each in shown),
        round(median(each.page_bytes for each in shown)),
        round(median(each.script_bytes for each in shown)),
        round(median(each.memory for each in shown)),
    )
    return Trial(tool, tokens, model, middle)


def _keep_weights(folder: Path, model: str, tokens: int) -> None:
    """Eager attention of a text, float32 (layers, heads, tokens, tokens), and its tokens."""
    (request,) = requests(loaded(model), tokens, 1)
    encoded = loaded(model).inputs.tokenize(request.text)
    inputs = loaded(model).inputs.tensors(encoded, "cpu")
    with torch.inference_mode():
        layers = plain(model, "eager")(**inputs, output_attentions=True).attentions
    np.save(folder / f"{tokens}.npy", torch.cat(layers).numpy())
    words = [token.text for token in encoded.tokens]
    (folder / f"{tokens}.json").write_text(json.dumps(words))


def sentence(found: list[Trial]) -> Iterator[Row]:
    """How much less than BertViz at 128 tokens Headscope needs at 512."""
    shown = {(trial.tool, trial.tokens): trial.shown for trial in found if trial.shown}
    theirs = [shown[view, 128] for view in BERTVIZ if (view, 128) in shown]
    typed = shown.get((TYPED, 512))
    if not (len(theirs) == len(BERTVIZ) and typed):
        yield Row("text to picture at 512 over BertViz at 128", None, 0.2, "x", "not measured")
        return
    fastest = min(each.seconds for each in theirs)
    smallest = min(each.page_bytes for each in theirs)
    beside = f"{typed.seconds:.2f} s beside {fastest:.2f} s of its faster view"
    what = "text typed, 512 tokens, to the picture over BertViz at 128"
    yield Row(what, typed.seconds / fastest, 0.2, "x", beside)
    beside = f"{typed.page_bytes / 1e3:.0f} kB beside {smallest / 1e6:.1f} MB, code of both aside"
    what = "bytes at 512 tokens over BertViz at 128"
    yield Row(what, typed.page_bytes / smallest, 0.01, "x", beside)
