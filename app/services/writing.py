"""An answer as bytes: JSON, npy, npz and CSV."""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import orjson

from .analyses import Held
from .answer import Answer

MAX_META_BYTES = 4000
_ACTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula."""


def about(held: Held, answer: Answer) -> dict[str, Any]:
    """What the answer to a text says beside its weights; their tokens in JSON only."""
    fields: dict[str, Any] = {"analysis": held.id, "model": asdict(held.run.model)}
    if answer.selection.format != "json":
        return fields
    return fields | {"tokens": {"queries": answer.queries, "keys": answer.keys}}


def written(answer: Answer, extra: dict[str, Any]) -> bytes:
    """The file in the format that was chosen; `extra` are fields that come before the answer's own
    in JSON and npz. BLOCKING."""
    match answer.selection.format:
        case "json":
            content = {**_fields(answer, extra), "attention": answer.values}
            return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
        case "npy":
            return _npy(answer)
        case "npz":
            return _npz(answer, meta(answer, extra))
        case "csv":
            return b"\n".join(_csv(answer))


def meta(answer: Answer, extra: dict[str, Any]) -> str:
    """ASCII JSON that a header can hold. What would burst it is null there and named in `omitted`;
    the JSON answer has it."""
    fields = _fields(answer, extra)
    text, omitted = _ascii(fields), []
    for name in ("hidden", "scale"):
        if len(text) > MAX_META_BYTES:
            omitted.append(name)
            text = _ascii({**fields, **dict.fromkeys(omitted), "omitted": omitted})
    return text


def _fields(answer: Answer, extra: dict[str, Any]) -> dict[str, Any]:
    return {**extra, **asdict(answer.description)}


def _ascii(fields: dict[str, Any]) -> str:
    return json.dumps(fields, separators=(",", ":"))


def _npy(answer: Answer) -> bytes:
    file = io.BytesIO()
    np.save(file, answer.values, allow_pickle=False)
    return file.getvalue()


def _npz(answer: Answer, meta: str) -> bytes:
    """Arrays that numpy reads without pickle; `meta` is JSON."""
    file = io.BytesIO()
    np.savez(
        file,
        attention=answer.values,
        layers=np.array(answer.description.layers),
        heads=np.array(answer.description.heads or (), int),
        query_tokens=np.array(answer.queries, np.str_),
        key_tokens=np.array(answer.keys, np.str_),
        meta=np.array(meta),
    )
    return file.getvalue()


def _csv(answer: Answer) -> Iterator[bytes]:
    """A line for every cell, under its first query and key; an axis that was reduced or does not
    exist stays empty. Numbers round-trip."""
    about, chosen = answer.description, answer.selection
    layers = _labels(about.layers if len(answer.values) == len(about.layers) else None)
    heads = _labels(None if about.reduce else about.heads)
    queries = _labels(chosen.queries.firsts)
    keys = _labels(chosen.keys.firsts if about.keys else None)
    query_tokens = [_cell(answer.queries[at]) for at in chosen.queries.edges[:-1]]
    key_tokens = [_cell(answer.keys[at]) for at in chosen.keys.edges[:-1]] if about.keys else [b""]
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
