"""Python use without a server: `analyze(text)` and what it gives."""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from . import local
from .engine.catalog import build_catalog
from .errors import AnswerTooLarge, InvalidRequest, NotSupported
from .figures.standalone import frame
from .metrics.hiding import Hideable
from .metrics.keeping import Between
from .metrics.pooling import Pooling
from .metrics.reducing import Reduction
from .records import AnalysisRequest, Checks, ModelFacts, Stack, StackName, Token
from .services.analyses import Held
from .services.answer import answer
from .services.choice import Choice, Dtype, Part, Set, Unit, complaint
from .services.comparison import HeadReduction, Question, compare
from .services.figure import FigureFormat
from .services.measures import Measures, ask, measure
from .services.natural import Indices, Positions, choose
from .services.page import page_of, written_page
from .services.ranking import Ranking, RankingQuestion, rank
from .services.saving import PAGE, content_of, drawn, suffix_of
from .services.selection import select
from .services.words import Word
from .settings import Settings, read_settings

T = TypeVar("T")

_REQUEST = TypeAdapter(AnalysisRequest)
_QUESTION = TypeAdapter(Question)
_RANKING = TypeAdapter(RankingQuestion)


def analyze(
    text: str,
    model: str | os.PathLike[str] = "minilm-l6",
    text_pair: str | None = None,
    target: str | None = None,
    *,
    add_special_tokens: bool = True,
    parse_special: bool = True,
    truncate: bool = False,
) -> "Analysis":
    """Runs a model on a text, in this process.

    `model` is a packaged id, the id of a model of the Hugging Face Hub, a folder, or NAME=FOLDER.
    It stays loaded for the next call. Raises HeadscopeError, whose text says what to do.
    """
    settings = read_settings(models=(os.fspath(model),), max_verify_bytes=sys.maxsize)
    request = _validated(
        _REQUEST,
        model=build_catalog(settings).initial,
        text=text,
        text_pair=text_pair,
        target=target,
        add_special_tokens=add_special_tokens,
        parse_special=parse_special,
        truncate=truncate,
    )
    return Analysis(local.analyse(settings, request), settings)


@dataclass(frozen=True, eq=False, repr=False)
class Analysis:
    """One model run on one text: its tokens, and the weights of every head on demand."""

    _held: Held
    _settings: Settings

    @property
    def id(self) -> str:
        """The same that a server gives the same request."""
        return self._held.id

    @property
    def request(self) -> AnalysisRequest:
        return self._held.request

    @property
    def model(self) -> ModelFacts:
        return self._held.run.model

    @property
    def tokens(self) -> tuple[Token, ...]:
        """What the model read; their indices are those of queries and keys."""
        return self._held.run.tokens["input"]

    @property
    def words(self) -> tuple[Word, ...]:
        """What queries and keys count with unit="word"; `tokens` of each are [start, stop)."""
        return self._held.words("input")

    @property
    def stacks(self) -> tuple[Stack, ...]:
        return self._held.run.stacks

    @property
    def truncated(self) -> bool:
        return self._held.run.truncated

    @property
    def checks(self) -> Checks:
        """What was measured on this very analysis; None is "not measured"."""
        return self._held.run.checks

    def attention(
        self,
        layers: Indices | None = None,
        heads: Indices | None = None,
        queries: Positions | None = None,
        keys: Positions | None = None,
        *,
        stack: StackName | None = None,
        method: str = "weights",
        part: Part = "weights",
        hide: str | Iterable[Hideable] | None = None,
        renormalise: bool = False,
        unit: Unit = "token",
        between: Between | None = None,
        keep: str | None = None,
        off: str | Iterable[Hideable] | None = None,
        sets: str | Iterable[Set] | None = None,
        reduce: Reduction | None = None,
        size: int | None = None,
        pool: Pooling = "max",
        dtype: Dtype = "float32",
    ) -> NDArray[Any]:
        """Weights, always [layer][head][query][key]; a reduced axis has length 1.

        The parameters are those of the API's call. Layers, heads, queries and keys also take whole
        numbers (negative ones count from the end), slices, ranges and lists. uint8 is for drawing:
        w = (u / 255)². Raises HeadscopeError for what this analysis does not have.
        """
        choice = choose(
            Choice,
            self._held.run,
            stack,
            layers,
            heads,
            queries,
            keys,
            method=method,
            part=part,
            hide=_kinds(hide),
            renormalise=renormalise,
            unit=unit,
            between=between,
            keep=keep,
            off=_kinds(off),
            sets=_kinds(sets),
            reduce=reduce,
            size=size,
            pool=pool,
            dtype=dtype,
        )
        selection = select(self._held.run, self.request, choice, limit_bytes=sys.maxsize)
        return answer(self._held.run, selection).values

    def measures(
        self,
        layers: Indices | None = None,
        heads: Indices | None = None,
        *,
        stack: StackName | None = None,
        hide: str | Iterable[Hideable] | None = None,
        renormalise: bool = False,
    ) -> Measures:
        """How widely and how far heads look, and what takes their weight: arrays [layer][head].

        Means over query rows; of a long text over those in `range(*found.rows)`. Raises
        HeadscopeError for what this analysis does not have.
        """
        reading = choose(
            Choice, self._held.run, stack, layers, heads, hide=_kinds(hide), renormalise=renormalise
        )
        return measure(self._held.run, ask(self._held.run, self.request, reading, sys.maxsize))

    def compare(
        self,
        other: "Analysis",
        layer: int,
        head: int | None = None,
        *,
        stack: StackName | None = None,
        other_stack: StackName | None = None,
        other_layer: int | None = None,
        other_head: int | None = None,
        reduce: HeadReduction | None = None,
        hide: str | Iterable[Hideable] | None = None,
        renormalise: bool = False,
        unit: Unit = "token",
        size: int | None = None,
    ) -> "Comparison":
        """One head beside one of another text or model, or of this same analysis.

        Positions are aligned: by tokens, and between two models by words. With a `size` the arrays
        have at most size x size cells, the largest weights and differences. Raises HeadscopeError.
        """
        question = _validated(
            _QUESTION,
            stack=stack,
            other_stack=other_stack,
            layer=layer,
            head=head,
            other_layer=other_layer,
            other_head=other_head,
            reduce=reduce,
            hide=_kinds(hide),
            renormalise=renormalise,
            unit=unit,
            size=size,
        )
        found = compare(self._held, other._held, question, limit_bytes=sys.maxsize)
        a, b, difference = (part[0] for part in found.values)
        return Comparison(
            a,
            b,
            difference,
            queries=found.alignment.queries,
            keys=found.alignment.keys,
            mean_abs=found.description.mean_abs,
            jsd=found.description.jsd,
            rows=found.description.rows,
            aligned=found.description.aligned,
        )

    def rank(
        self,
        other: "Analysis",
        layer: int | None = None,
        head: int | None = None,
        *,
        stack: StackName | None = None,
        other_stack: StackName | None = None,
        hide: str | Iterable[Hideable] | None = None,
        renormalise: bool = False,
        unit: Unit = "token",
    ) -> Ranking:
        """How far every head of the other is from the same head here, or from `layer` and `head`.

        `mean_abs` and `jsd` are arrays [layer][head].
        """
        question = _validated(
            _RANKING,
            stack=stack,
            other_stack=other_stack,
            layer=layer,
            head=head,
            hide=_kinds(hide),
            renormalise=renormalise,
            unit=unit,
        )
        return rank(self._held, other._held, question)

    def verify(
        self,
        layers: Indices | None = None,
        heads: Indices | None = None,
        stack: StackName | None = None,
    ) -> "Analysis":
        """The same analysis, with these heads compared with the model's own eager attention.

        `checks.eager_max_error` is the largest difference.
        """
        choice = choose(Choice, self._held.run, stack, layers, heads)
        held = local.verify(self._settings, self._held, choice.stack, choice.layers, choice.heads)
        return Analysis(held, self._settings)

    def to_html(self, layers: Indices | None = None) -> str:
        """A page in one file with the weights of these layers: all heads to see and walk through.

        It works without a server and without a network. Raises HeadscopeError above 64 MB of them,
        or HEADSCOPE_MAX_PAGE_BYTES.
        """
        return written_page(self._held, page_of(self._held, layers, self._settings.max_page_bytes))

    def figure(
        self,
        layers: Indices | None = None,
        heads: Indices | None = None,
        queries: Positions | None = None,
        keys: Positions | None = None,
        *,
        format: FigureFormat = "svg",
        stack: StackName | None = None,
        **read: Any,
    ) -> bytes:
        """A figure of one head with its tokens, or of several on one scale, as a file.

        `read` are parameters of the API's call for figures: how attention is read (`hide`,
        `renormalise`, `unit`, `between`, `keep`, `reduce`) and drawn (`scale`, `theme`, `sinks`,
        `lang`). pdf and png take a Chromium, Chrome or Edge on this machine.
        """
        return drawn(self._held, format, (stack, layers, heads, queries, keys), read)

    def save(
        self,
        path: str | os.PathLike[str],
        layers: Indices | None = None,
        heads: Indices | None = None,
        queries: Positions | None = None,
        keys: Positions | None = None,
        *,
        stack: StackName | None = None,
        **read: Any,
    ) -> None:
        """Writes a file of the kind that its suffix says.

        .svg, .pdf and .png are what `figure` gives, .npz, .npy, .csv and .json the weights, .html
        what `to_html` gives. `read` are the parameters of those calls. Raises HeadscopeError; then
        no file is written.
        """
        kind = suffix_of(path)
        if kind == PAGE:
            content = self._page(layers, others=(stack, heads, queries, keys, *read))
        else:
            chosen = (stack, layers, heads, queries, keys)
            content = content_of(self._held, kind, chosen, read)
        try:
            Path(path).write_bytes(content)
        except OSError as error:
            raise InvalidRequest(f"{path} cannot be written: {error.strerror}.") from error

    def _page(self, layers: Indices | None, others: Iterable[object]) -> bytes:
        if any(other is not None for other in others):
            raise InvalidRequest(
                "A page shows all heads of its layers, to be read there; choose layers only."
            )
        return self.to_html(layers).encode()

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        try:
            return frame(self.to_html())
        except (AnswerTooLarge, InvalidRequest) as error:
            return f"<p>{escape(error.detail)}</p>"

    def widget(self, layers: Indices | None = None) -> Any:
        """The same with a `selection` that says what is open in it. Takes headscope[notebook]."""
        try:
            from .widget import Widget
        except ImportError as error:
            raise NotSupported("A widget takes anywidget: pip install anywidget.") from error
        return Widget(frame=frame(self.to_html(layers)))

    def __repr__(self) -> str:
        shapes = ", ".join(
            f"{stack.name} {len(stack.layers)} x {max(layer.heads for layer in stack.layers)} heads"
            for stack in self.stacks
        )
        return f"<Analysis {self.model.id}, {len(self.tokens)} tokens, {shapes}>"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two heads along common positions, float32 [query][key]; 0 where a side has no such one.

    `queries` and `keys` are of every position, also where cells stand for several.
    """

    a: NDArray[Any]
    b: NDArray[Any]
    difference: NDArray[Any]
    """a - b"""
    queries: NDArray[Any]
    """Of each row the tokens (a_start, a_stop, b_start, b_stop); an empty range: not there."""
    keys: NDArray[Any]
    mean_abs: float | None
    """Over what both have; None where that is nothing."""
    jsd: float | None
    """Mean Jensen-Shannon divergence of those rows, in bits; None for maxima of heads."""
    rows: int
    """That `mean_abs` and `jsd` are of: evenly spaced ones of the `aligned` ones of a long text."""
    aligned: int


def _kinds(value: str | Iterable[T] | None) -> str | tuple[T, ...] | None:
    return value if value is None or isinstance(value, str) else tuple(value)


def _validated(adapter: TypeAdapter[T], **fields: Any) -> T:
    """Raises InvalidRequest with a sentence."""
    try:
        return adapter.validate_python(fields)
    except ValidationError as error:
        raise complaint(error) from error
