"""Answers as bytes: JSON, npy and CSV."""

import gzip
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import orjson
from fastapi import Response
from numpy.typing import NDArray
from starlette.datastructures import Headers

from ..services.answer import Answer

META_HEADER = "X-Headscope-Meta"
MAX_META_BYTES = 4000
NPY = "application/x-npy"
"""Never compressed on the way out: on float weights gzip saves 6% and costs 26 ms."""


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def encode(answer: Answer, extra: dict[str, Any], gzipped: bool) -> Response:
    """The answer and its description; `extra` are fields that come before those. BLOCKING.

    One byte a number is worth compressing, so that is done here where the client takes it.
    """
    format = answer.selection.format
    fields = {**extra, **asdict(answer.description)}
    if format == "json":
        return numbers({**fields, "attention": answer.values})
    if format == "csv":
        return Response(b"\n".join(_csv(answer)), 200, {META_HEADER: _meta(fields)}, "text/csv")
    return npy(answer.values, fields, gzipped)


def numbers(content: Any) -> Response:
    """JSON of what may hold arrays. BLOCKING."""
    return Response(
        orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json"
    )


def npy(values: NDArray[Any], fields: dict[str, Any], gzipped: bool) -> Response:
    """The numbers, with all else that is said of them in the header. BLOCKING."""
    file = io.BytesIO()
    np.save(file, values, allow_pickle=False)
    body, headers = file.getvalue(), {META_HEADER: _meta(fields)}
    if gzipped and values.itemsize == 1:
        body = gzip.compress(body, compresslevel=1)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(body, 200, headers, NPY)


def takes_gzip(headers: Headers) -> bool:
    return "gzip" in headers.get("accept-encoding", "")


def _csv(answer: Answer) -> Iterator[bytes]:
    """A line for every cell, under its first query and key; an axis that was reduced or does not
    exist stays empty. Numbers round-trip."""
    about, chosen = answer.description, answer.selection
    layers = _labels(about.layers if len(answer.values) == len(about.layers) else None)
    heads = _labels(None if about.reduce else about.heads)
    queries = _labels(chosen.queries.firsts)
    keys = _labels(chosen.keys.firsts if about.keys else None)
    yield b"layer,head,query,key,weight"
    for layer, by_head in zip(layers, answer.values, strict=True):
        for head, rows in zip(heads, by_head, strict=True):
            for query, row in zip(queries, rows, strict=True):
                start = b"%s,%s,%s," % (layer, head, query)
                numbers = orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
                for key, number in zip(keys, numbers, strict=True):
                    yield start + key + b"," + number
    yield b""


def _labels(indices: Sequence[int] | None) -> list[bytes]:
    return [b""] if indices is None else [b"%d" % index for index in indices]


def _meta(fields: dict[str, Any]) -> str:
    """ASCII JSON that a header can hold. What would burst it is null there and named in `omitted`;
    the JSON answer has it."""
    text, omitted = _ascii(fields), []
    for name in ("hidden", "scale", "other_hidden"):
        if len(text) > MAX_META_BYTES and name in fields:
            omitted.append(name)
            text = _ascii({**fields, **dict.fromkeys(omitted), "omitted": omitted})
    return text


def _ascii(fields: dict[str, Any]) -> str:
    return json.dumps(fields, separators=(",", ":"))
