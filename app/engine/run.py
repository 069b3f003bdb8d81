"""One forward pass of one input, and the comparison with the model's own eager attention."""

from collections.abc import Callable
from math import inf
from time import perf_counter

import numpy as np
from torch import Tensor

from .. import __version__
from ..errors import AnswerTooLarge, TooManyTokens
from ..records import AnalysisRequest, Checks, Report, Run, Stack, StackName, unheard
from .failing import told
from .inputs import Encoded
from .loader import LoadedModel
from .strategies import worst

ENGINE_VERSION = f"headscope-{__version__}"
ROWS = 256


def analyse(
    model: LoadedModel,
    request: AnalysisRequest,
    report: Report = unheard,
    limit_bytes: float = inf,
) -> Run:
    """Runs the model once and keeps the trace with its checks; `report` hears each layer.

    Raises TooManyTokens, also where the trace would take more than `limit_bytes`, InvalidRequest,
    and ModelFailed where the model itself fails.
    """
    started = perf_counter()
    encoded = _tokenize(model, request)
    tokenized = perf_counter()
    check_room(model, len(encoded.tokens), limit_bytes)
    tensors = model.inputs.tensors(encoded, model.facts.device)
    with told("on this text", "Try a shorter text."):
        seen = model.strategy.run(model.module, tensors, report=report)
        checks = Checks(
            output_max_error=seen.output_max_error(),
            row_sum_error=seen.row_sum_error(),
            sampled="8 query rows of every layer",
        )
    stack = model.stacks[0]
    # A single token tells nothing about the mask; the trial text did.
    layers = seen.layers if len(encoded.tokens) > 1 else stack.layers
    return Run(
        model=model.facts,
        tokens={"input": encoded.tokens},
        stacks=(Stack(stack.name, stack.queries, stack.keys, layers, stack.methods),),
        traces={stack.name: seen.traces},
        truncated=encoded.truncated,
        nbytes=sum(trace.nbytes for trace in seen.traces),
        checks=checks,
        timing_ms={
            "tokenize": (tokenized - started) * 1e3,
            "forward": (perf_counter() - tokenized) * 1e3,
        },
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

    Runs the model once more and computes the eager weights of the chosen layers only, one layer at
    a time. Raises AnswerTooLarge where one layer's weights take more than `limit_bytes`.
    """
    known = next(one for one in run.stacks if one.name == stack).layers
    traces = run.traces[stack]
    encoded = _tokenize(model, request)
    # Scores, masked scores and weights live at the same moment in an eager function.
    needed = max(3 * 4 * layer.heads * len(encoded.tokens) ** 2 for layer in known)
    if needed > limit_bytes:
        raise AnswerTooLarge(
            f"Eager attention would take {needed / 1e9:.1f} GB for this text and the limit is "
            f"{limit_bytes / 1e9:.1f} GB. Verify a shorter text."
        )
    errors = []

    def compare(place: int, eager: Callable[[], Tensor]) -> None:
        if known[place].index in layers:
            own = eager()[0][heads].float().cpu().numpy()
            for start in range(0, own.shape[1], ROWS):
                rows = slice(start, start + ROWS)
                block = traces[place].block(heads, rows, slice(None))
                errors.append(float(np.abs(block - own[:, rows]).max()))

    tensors = model.inputs.tensors(encoded, model.facts.device)
    with told("in the comparison", "Verify fewer layers, or a shorter text."):
        model.strategy.eager(model.module, tensors, compare)
    return worst(errors)


def check_room(model: LoadedModel, tokens: int, limit_bytes: float) -> None:
    """Raises TooManyTokens where the trace of so long a text would take more than allowed."""
    needed = model.trace_bytes(tokens)
    if needed > limit_bytes:
        raise TooManyTokens(
            f"The text has {tokens:,} tokens. To keep what this model attends to in them takes "
            f"{needed / 1e6:,.1f} MB and this server may hold {limit_bytes / 1e6:,.1f} MB. "
            "Shorten the text, or set HEADSCOPE_MAX_TRACES_BYTES."
        )


def _tokenize(model: LoadedModel, request: AnalysisRequest) -> Encoded:
    return model.inputs.tokenize(
        request.text,
        request.text_pair,
        add_special_tokens=request.add_special_tokens,
        parse_special=request.parse_special,
        truncate=request.truncate,
        limit=model.max_tokens,
    )
