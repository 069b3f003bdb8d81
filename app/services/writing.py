"""An answer as bytes: JSON, npy, npz and CSV."""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from .analyses import Held
from .answer import Answer
from .labels import labels

MAX_META_BYTES = 4000
_ACTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")  # noqa: RUF001
"""A spreadsheet takes a cell that begins so for a formula; some know the full-width ones too."""


def about(held: Held, answer: Answer) -> dict[str, Any]:
    """What the answer to a text says beside its weights; names of positions in JSON only."""
    fields: dict[str, Any] = {"analysis": held.id, "model": asdict(held.run.model)}
    if answer.selection.format != "json":
        return fields
    queries, keys = labels(held, answer.selection)
    return fields | {"tokens": {"queries": queries, "keys": keys}}


def written(held: Held, answer: Answer, extra: dict[str, Any]) -> bytes:
    """The file in the format that was chosen; `extra` are fields that come before the answer's own
    in JSON and npz. BLOCKING."""
    match answer.selection.format:
        case "json":
            return json_bytes({**fields_of(answer, extra), "attention": answer.values})
        case "npy":
            return npy_bytes(answer.values)
        case "npz":
            return _npz(held, answer, meta(fields_of(answer, extra)))
        case "csv":
            return b"\n".join(_csv(held, answer))


def fields_of(answer: Answer, extra: dict[str, Any]) -> dict[str, Any]:
    """All that is said of the numbers."""
    return {**extra, **asdict(answer.description)}


def meta(fields: dict[str, Any]) -> str:
    """ASCII JSON that a header can hold. What would burst it is null there and named in `omitted`;
    the JSON answer has it."""
    text, omitted = _ascii(fields), []
    for name in ("hidden", "scale", "other_hidden", "empty_rows"):
        if len(text) > MAX_META_BYTES and name in fields:
            omitted.append(name)
            text = _ascii({**fields, **dict.fromkeys(omitted), "omitted": omitted})
    return text


def _ascii(fields: dict[str, Any]) -> str:
    return json.dumps(fields, separators=(",", ":"))


def json_bytes(content: Any) -> bytes:
    """JSON of what may hold arrays."""
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def npy_bytes(values: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, values, allow_pickle=False)
    return file.getvalue()


def _npz(held: Held, answer: Answer, meta: str) -> bytes:
    """Arrays that numpy reads without pickle; `meta` is JSON."""
    file = io.BytesIO()
    queries, keys = labels(held, answer.selection)
    np.savez(
        file,
        attention=answer.values,
        layers=np.array(answer.description.layers),
        heads=np.array(answer.description.heads or (), int),
        query_tokens=np.array(queries, np.str_),
        key_tokens=np.array(keys, np.str_),
        meta=np.array(meta),
    )
    return file.getvalue()


def _csv(held: Held, answer: Answer) -> Iterator[bytes]:
    """A line for every cell, under its first query and key; an axis that was reduced or does not
    exist stays empty. Numbers round-trip."""
    about, chosen = answer.description, answer.selection
    layers = _labels(about.layers if len(answer.values) == len(about.layers) else None)
    heads = _labels(None if about.reduce else about.heads)
    queries = _labels(chosen.queries.firsts)
    keys = _labels(chosen.keys.firsts if about.keys else None)
    named = labels(held, chosen)
    query_tokens = [_cell(named[0][at]) for at in chosen.queries.edges[:-1]]
    key_tokens = [_cell(named[1][at]) for at in chosen.keys.edges[:-1]] if about.keys else [b""]
    yield b"layer,head,query,key,weight,query_token,key_token"
    for layer, by_head in zip(layers, answer.values, strict=True):
        for head, rows in zip(heads, by_head, strict=True):
            for query, query_token, row in zip(queries, query_tokens, rows, strict=True):
                start, middle = b"%s,%s,%s," % (layer, head, query), b",%s," % query_token
                numbers = orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
                for key, key_token, number in zip(keys, key_tokens, numbers, strict=True):
                    yield start + key + b"," + number + middle + key_token
    yield b""


def _cell(text: str) -> bytes:
    """A text as a cell of CSV that never acts."""
    text = f"'{text}" if text.startswith(_ACTS) else text
    if any(char in text for char in ',"\r\n'):
        text = '"' + text.replace('"', '""') + '"'
    return text.encode()


def _labels(indices: Sequence[int] | None) -> list[bytes]:
    return [b""] if indices is None else [b"%d" % index for index in indices]
