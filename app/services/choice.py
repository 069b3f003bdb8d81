"""What may be asked about an analysis, as it stands in a query string or in a JSON body."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from ..errors import InvalidRequest
from ..metrics.hiding import Hideable
from ..metrics.keeping import KEEP, Between, read_keep
from ..metrics.pooling import Pooling
from ..metrics.reducing import Reduction
from ..records import StackName

Part = Literal["weights", "mask", "sink_mass"]
Unit = Literal["token", "word"]
Format = Literal["json", "npy", "npz", "csv"]
Dtype = Literal["float32", "float16", "uint8", "int8"]
Set = Literal["queries", "keys"]


def tuple_of(kind: Literal["integer", "number"], count: int) -> WithJsonSchema:
    """`prefixItems`, which a tuple has of its own, is beyond many readers of OpenAPI."""
    items = {"type": kind}
    return WithJsonSchema({"type": "array", "items": items, "minItems": count, "maxItems": count})


def integers(count: int) -> WithJsonSchema:
    return tuple_of("integer", count)


Ranges = tuple[Annotated[tuple[int, int], integers(2)], ...]

MAX_RANGES = 64
"""Of one axis: what the header of an npy answer can say."""
_INDEX = r"\d{1,7}"
_INDICES = rf"{_INDEX}(,{_INDEX})*"
_RANGES = rf"{_INDEX}:{_INDEX}(,{_INDEX}:{_INDEX})*"


def _joined(value: Any) -> Any:
    """A query string's values of one name (a list with one text each) as one text."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return value


def _indices(value: Any) -> Any:
    value = _joined(value)
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, str):
        if not re.fullmatch(_INDICES, value, re.ASCII):
            raise ValueError("indices are whole numbers with commas between them, such as 0,3,5")
        return tuple(int(index) for index in value.split(","))
    return value


def _ranges(value: Any) -> Any:
    value = _joined(value)
    if isinstance(value, list):
        return tuple(tuple(pair) if isinstance(pair, list) else pair for pair in value)
    if isinstance(value, str):
        if not re.fullmatch(_RANGES, value, re.ASCII):
            raise ValueError("ranges are start:stop with commas between them, such as 0:8,12:16")
        return tuple(tuple(map(int, pair.split(":"))) for pair in value.split(","))
    return value


def _names(value: Any) -> Any:
    value = _joined(value)
    return tuple(value.split(",")) if isinstance(value, str) else value


def _keep(value: Any) -> Any:
    """As the text it came, once it is one that can be read."""
    return str(read_keep(value)) if isinstance(value, str) else value


def _text(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "examples": [example]})


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 3.0 is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=1, le=10_000_000), BeforeValidator(_whole)]
Unset = SkipJsonSchema[None]
"""A query string has no null: what is not asked for is left out."""

Indices = Annotated[
    tuple[Annotated[int, Field(ge=0)], ...],
    BeforeValidator(_indices),
    Field(min_length=1),
    _text(_INDICES, "0,3,5"),
]
RangeList = Annotated[
    Ranges,
    BeforeValidator(_ranges),
    Field(min_length=1, max_length=MAX_RANGES),
    _text(_RANGES, "0:8,12:16"),
]
HideList = Annotated[
    tuple[Hideable, ...],
    BeforeValidator(_names),
    _text("(special|first|punctuation)(,(special|first|punctuation))*", "special,punctuation"),
]
SetList = Annotated[
    tuple[Set, ...],
    BeforeValidator(_names),
    _text("(queries|keys)(,(queries|keys))*", "queries,keys"),
]
KeepText = Annotated[str, BeforeValidator(_keep), _text(f"({KEEP})", "top:5")]


class Reading(BaseModel):
    """How attention is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hide: HideList | Unset = Field(
        default=None,
        description="Keys to show as 0: special tokens, the first token, punctuation. Places and "
        "indices stay.",
    )
    renormalise: bool = Field(
        default=False,
        description="Give what hidden keys had to the other keys of the row, in proportion.",
    )


class Heads(Reading):
    """Which heads of an analysis, and how their attention is read."""

    stack: StackName | Unset = Field(
        default=None, description="A stack of the analysis; its first."
    )
    layers: Indices | Unset = Field(default=None, description="True indices of layers; all.")
    heads: Indices | Unset = Field(default=None, description="Indices of heads; all.")


class Question(Heads):
    """Which weights of an analysis, and how they are read. A JSON body may give lists for the
    texts."""

    method: str = Field(
        default="weights", max_length=40, description="One of the stack's `methods`."
    )
    unit: Unit = Field(
        default="token",
        description="`word`: sums over the keys of a word, means over its queries, of the words "
        "that the analysis lists; a token without a word is one of its own. Positions then count "
        "words, and with part=mask a word may see a word if any of its tokens may.",
    )
    between: Between | Unset = Field(
        default=None,
        description="Of a pair, queries of the first (a) or second (b) text and keys of it, such "
        "as `ab`: all other weights are 0. Places and indices stay.",
    )
    keep: KeepText | Unset = Field(
        default=None,
        description="What is left of every row of every head after `hide`, `renormalise`, `unit` "
        "and `between`: `min:0.05`, weights of at least this; `top:5`, the strongest keys; "
        "`mass:0.7`, the fewest strongest keys that make up this share of the row's sum. Of equal "
        "weights the earlier key is the stronger. The rest is 0; ranges change nothing of it.",
    )
    queries: RangeList | Unset = Field(default=None, description="start:stop of the queries; all.")
    keys: RangeList | Unset = Field(default=None, description="start:stop of the keys; all.")
    reduce: Reduction | Unset = Field(
        default=None,
        description="One picture of the chosen layers and heads, or of each layer's heads.",
    )
    size: Count | Unset = Field(
        default=None,
        description="At most size x size cells; bin i of n positions is floor(i n / size) up to "
        "floor((i + 1) n / size).",
    )
    pool: Pooling = Field(default="max", description="What a cell of several positions shows.")


class Choice(Question):
    """Which part of an analysis, and in what form."""

    part: Part = Field(
        default="weights",
        description="`mask`: 1 where a query may see a key, head length 1. `sink_mass`: what a "
        "head's own sink logit took of each row, key length 1.",
    )
    off: HideList | Unset = Field(
        default=None,
        description="Keys to show as 0 once all else is settled, in kinds as `hide` has them: they "
        "took part in `keep`, and do not outshine their bin. With unit=word `first` is the first "
        "word, and a word is of another kind if all its tokens are.",
    )
    sets: SetList | Unset = Field(
        default=None,
        description="Axes whose chosen positions count as one: `queries`, the mean over them, and "
        "`keys`, the sum over them, as a word is of its tokens. That axis has length 1. After "
        "`off` and before `reduce`; not beside `size`, and no position twice.",
    )
    format: Format = Field(
        default="json",
        description="For npy, npz and csv all but the numbers is in the header X-Headscope-Meta.",
    )
    dtype: Dtype = Field(
        default="float32",
        description="uint8: w = scale (u/255)^2; int8: w = sign(i) scale (i/127)^2, with `scale` "
        "[layer][head].",
    )


def complaint(error: ValidationError) -> InvalidRequest:
    """The first of the fields that are not valid, as a sentence."""
    first = error.errors()[0]
    said = first["msg"].removeprefix("Value error, ")
    where = f"{first['loc'][0]}: " if first["loc"] else ""
    return InvalidRequest(f"{where}{said}.")
