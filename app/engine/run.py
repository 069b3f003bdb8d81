"""One forward pass of one input, and the comparison with the model's own eager attention."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np
from torch import Tensor

from .. import __version__
from ..errors import AnswerTooLarge
from ..records import NOBODY, AnalysisRequest, Checks, Reports, Run, StackName
from ..stopping import check_wanted
from .checks import sampled
from .failing import told
from .inputs import Encoded
from .keeping import Room
from .loader import LoadedModel
from .memory import give_back_freed_memory
from .strategies import worst
from .trace import QKVTrace, WeightsTrace

ENGINE_VERSION = f"headscope-{__version__}"
ROWS = 128
"""Of an eager attention at a time."""
LONG_BYTES = 32 << 20
"""Of a trace; giving memory back takes milliseconds, which a short pass would feel."""
UNBOUNDED = Room()


def analyse(
    model: LoadedModel,
    request: AnalysisRequest,
    room: Room = UNBOUNDED,
    reports: Reports = NOBODY,
) -> Run:
    """Runs the model once and keeps the trace with its checks.

    Raises TooManyTokens, also where the trace would not have `room`, InvalidRequest, DiskFull, and
    ModelFailed where the model itself fails.
    """
    started = perf_counter()
    encoded = _tokenize(model, request)
    tokenize_ms = (perf_counter() - started) * 1e3
    run = read(model, encoded, room, reports)
    return replace(run, timing_ms={"tokenize": tokenize_ms, **run.timing_ms})


def read(
    model: LoadedModel, encoded: Encoded, room: Room = UNBOUNDED, reports: Reports = NOBODY
) -> Run:
    """The same for a text that is tokenized already."""
    started = perf_counter()
    tokens = len(encoded.tokens)
    needed = model.trace_bytes(tokens, room.dtype)
    keeping = room.keeping(tokens, needed)
    reports.room(*((needed, 0.0) if keeping.folder is None else (0.0, needed)))
    tensors = model.inputs.tensors(encoded, model.facts.device)
    with told("on this text", "Try a shorter text."):
        seen = model.strategy.run(model.module, tensors, report=reports.layers, keeping=keeping)
        checks = Checks(
            output_max_error=seen.output_max_error(),
            row_sum_error=seen.row_sum_error(),
            sampled=sampled(tokens),
            rounding_max_error=seen.rounding_max_error,
        )
    if needed > LONG_BYTES:
        give_back_freed_memory()
    stack = model.stacks[0]
    # A single token tells nothing about the mask; the trial text did.
    layers = seen.layers if len(encoded.tokens) > 1 else stack.layers
    return Run(
        model=model.facts,
        tokens={"input": encoded.tokens},
        stacks=(replace(stack, layers=layers),),
        traces={stack.name: seen.traces},
        truncated=encoded.truncated,
        nbytes=sum(trace.nbytes for trace in seen.traces),
        mapped_bytes=_in_files(seen.traces) if keeping.folder else 0,
        checks=checks,
        timing_ms={"forward": (perf_counter() - started) * 1e3},
    )


def verify(
    model: LoadedModel,
    request: AnalysisRequest,
    run: Run,
    stack: StackName,
    layers: list[int],
    heads: list[int],
    limit_bytes: int,
) -> float:
    """Largest difference between the trace and the model's own eager weights in these heads.

    Runs the model once more and computes the eager weights of the chosen layers only, some query
    rows at a time. Raises AnswerTooLarge where these take more than `limit_bytes`.
    """
    known = next(one for one in run.stacks if one.name == stack).layers
    traces = run.traces[stack]
    encoded = _tokenize(model, request)
    tokens = len(encoded.tokens)
    rows = tokens if model.strategy.kind == "weights" else min(ROWS, tokens)
    # Scores, masked scores and weights live at the same moment in an eager function.
    needed = max(3 * 4 * layer.heads * rows * tokens for layer in known)
    if needed > limit_bytes:
        raise AnswerTooLarge(
            f"Eager attention would take {needed / 1e6:,.1f} MB for this text and the limit is "
            f"{limit_bytes / 1e6:,.1f} MB. Verify a shorter text."
        )
    errors = []

    def compare(place: int, eager: Callable[[slice], Tensor]) -> None:
        if known[place].index not in layers:
            return
        for start in range(0, tokens, rows):
            check_wanted()
            part = slice(start, start + rows)
            own = eager(part)[0][heads].float().cpu().numpy()
            block = traces[place].block(heads, part, slice(None))
            errors.append(float(np.abs(block - own).max()))

    tensors = model.inputs.tensors(encoded, model.facts.device)
    with told("in the comparison", "Verify fewer layers, or a shorter text."):
        model.strategy.eager(model.module, tensors, compare)
    return worst(errors)


def _in_files(traces: Sequence[QKVTrace | WeightsTrace]) -> int:
    return sum(trace.vectors_bytes for trace in traces if isinstance(trace, QKVTrace))


def _tokenize(model: LoadedModel, request: AnalysisRequest) -> Encoded:
    return model.inputs.tokenize(
        request.text,
        request.text_pair,
        add_special_tokens=request.add_special_tokens,
        parse_special=request.parse_special,
        truncate=request.truncate,
        limit=model.max_tokens,
    )
