"""A page in one file: the page's own views with an analysis and its weights inside, no server."""

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from typing import Any
from zlib import compress

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ..places import STATIC, TEMPLATES, imports, modules

ENTRY = "js/standalone.js"
FRAME_HEIGHT = 900


def standalone_page(analysis: Any, name: str, weights: bytes) -> str:
    """HTML that asks for nothing outside itself.

    `analysis` is a record as the API gives it, `weights` the float32 of all its stacks, layers,
    heads and queries, one behind the other.
    """
    return _template().render(
        saved=name,
        # Nothing in a text may end the script element that holds it.
        analysis=orjson.dumps(analysis).decode().replace("<", "\\u003c"),
        weights=_packed(weights),
        plotly=_plotly(),
        modules=_modules(),
        policy=_policy(),
        icon=_address("image/svg+xml", (STATIC / "icon.svg").read_text("utf-8")),
        entry=_address("text/javascript", f'import "{_bare(ENTRY)}";'),
        style=_style,
    )


def frame(page: str) -> str:
    """The page inside of another, such as a notebook, out of whose reach it stays."""
    return (
        '<iframe title="Headscope" sandbox="allow-scripts allow-downloads" width="100%" '
        f'height="{FRAME_HEIGHT}" style="border: 0" srcdoc="{escape(page)}"></iframe>'
    )


@cache
def _template() -> Template:
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return environment.get_template("standalone.html")


@cache
def _modules() -> str:
    """An import map with every module; those of data: addresses cannot import by relative paths."""
    addresses = {
        _bare(path): _address("text/javascript", _module(path))
        for path in modules(ENTRY, later=True)
    }
    return json.dumps({"imports": addresses})


def _module(path: str) -> str:
    text = (STATIC / path).read_text("utf-8")
    for specifier, target in imports(path, later=True).items():
        text = re.sub(rf'"{re.escape(specifier)}"(;|\))', rf'"{_bare(target)}"\1', text)
    return text


def _bare(path: str) -> str:
    return f"headscope/{path}"


@cache
def _policy() -> str:
    """Scripts are the import map, the modules it holds and Plotly; no address but data and blob."""
    digest = b64encode(sha256(_modules().encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}' data: blob:; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


@cache
def _plotly() -> str:
    (path,) = (STATIC / "vendor").glob("plotly-*.min.js")
    return _packed(path.read_bytes())


def _style(name: str) -> str:
    return (STATIC / "css" / f"{name}.css").read_text("utf-8")


def _packed(content: bytes) -> str:
    return b64encode(compress(content)).decode()


def _address(media_type: str, text: str) -> str:
    return f"data:{media_type};base64,{b64encode(text.encode()).decode()}"
