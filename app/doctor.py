"""`headscope doctor`: what this installation stands on, what is wrong with it, and what to do."""

import os
import platform
import shutil
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

from .engine.catalog import Entry, build_catalog
from .engine.hub import can_reach
from .errors import HeadscopeError
from .reach import is_local
from .serving import listen
from .settings import Settings

CONVERSION_BYTES = 600_000_000
"""A packaged GGUF, its safetensors, and the copy being written."""

Verdict = Literal["ok", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    what: str
    verdict: Verdict
    said: str
    """For a `wrong` one, with what to do."""

    def __str__(self) -> str:
        return f"{self.verdict:<7}{self.what:<9}{self.said}"


def examine(settings: Settings, program: str, host: str, port: int) -> Iterator[Finding]:
    """One by one; `wrong` is what keeps the server from starting or from showing any model."""
    yield Finding("python", "ok", f"{platform.python_version()} at {sys.executable}")
    yield _torch(settings.device)
    yield from _models(settings, program)
    yield _cache(settings.cache_dir)
    yield _hub()
    yield _processes()
    yield from _port(settings, host, port)
    yield _browser()


def _torch(device: str) -> Finding:
    try:
        from .engine.machine import describe_torch, has_device
    except (ImportError, OSError) as error:
        advice = "Install it again: pip install --force-reinstall torch"
        return Finding("torch", "wrong", f"cannot be imported ({error}). {advice}")
    if not has_device(device):
        return Finding(
            "torch",
            "wrong",
            f"{describe_torch()}, finds no {device} here. Leave --device and HEADSCOPE_DEVICE out "
            f"to compute on the CPU, or install a build of torch for {device}.",
        )
    return Finding("torch", "ok", f"{describe_torch()}, computes on {device}")


def _models(settings: Settings, program: str) -> Iterator[Finding]:
    try:
        catalog = build_catalog(settings)
    except HeadscopeError as error:
        yield Finding("models", "wrong", error.detail)
        return
    entries = catalog.entries()
    ready = [entry.id for entry in entries if entry.on_disk]
    yield _initial(catalog.entry(catalog.initial), ready, program)
    for entry in entries:
        if entry.source == "packaged" and not entry.on_disk and entry.id != catalog.initial:
            yield Finding(
                "models", "note", f"{entry.id} is not installed: {_install(entry, program)}"
            )


def _initial(first: Entry, ready: list[str], program: str) -> Finding:
    """The model that is loaded at start."""
    if first.on_disk:
        return Finding("models", "ok", f"on disk: {', '.join(ready)}")
    if first.source == "packaged":
        advice = f"is not installed. Run: {_install(first, program)}"
        return Finding("models", "wrong", f"{first.id} {advice}")
    return Finding("models", "note", f"{first.id} will be downloaded at the first start")


def _install(entry: Entry, program: str) -> str:
    return f"{program} models install {entry.id}"


def _cache(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return Finding(
            "disk",
            "note",
            f"{folder} cannot be written ({error.strerror}), so nothing can be installed there. "
            "HEADSCOPE_CACHE_DIR chooses another folder.",
        )
    free = shutil.disk_usage(existing).free
    said = f"{free / 1e9:.1f} GB free at {folder}"
    if free < CONVERSION_BYTES:
        needed = f"{CONVERSION_BYTES / 1e9:.1f} GB"
        advice = f"Converting a packaged model takes {needed}; HEADSCOPE_CACHE_DIR moves the folder"
        return Finding("disk", "note", f"{said}. {advice}.")
    return Finding("disk", "ok", said)


def _hub() -> Finding:
    if can_reach():
        return Finding("hub", "ok", "the Hugging Face Hub answers")
    return Finding(
        "hub",
        "note",
        "the Hugging Face Hub does not answer; packaged models and local folders do not need it",
    )


def _processes() -> Finding:
    count = os.environ.get("WEB_CONCURRENCY") or "1"
    if count != "1":
        return Finding(
            "process",
            "wrong",
            f"WEB_CONCURRENCY is {count}, and one process holds the state. Unset it; to do more at "
            "the same moment set HEADSCOPE_WORKERS.",
        )
    return Finding("process", "ok", "one, as it should be")


def _port(settings: Settings, host: str, port: int) -> Iterator[Finding]:
    try:
        with closing(listen(host, port)) as listener:
            yield Finding("port", "ok", f"{port} of {host} is free")
            yield _access(settings, is_local(listener))
    except HeadscopeError as error:
        yield Finding("port", "wrong", error.detail)


def _access(settings: Settings, local: bool) -> Finding:
    where = "only this machine reaches it" if local else "other machines reach it"
    if settings.token is not None:
        return Finding("access", "ok", f"{where}, with the token that is set")
    if local:
        return Finding("access", "ok", f"{where}, without a token")
    return Finding("access", "ok", f"{where}; `serve` makes a token and prints the link with it")


def _browser() -> Finding:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return Finding("browser", "note", "none found here: open the printed address in your own")
    return Finding("browser", "ok", "found; `serve --open` opens the page in it")
