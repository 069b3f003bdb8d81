"""What a model's attention costs at a length: measured, on this machine, in this moment."""

import torch

from ..errors import AnswerTooLarge, TooManyTokens
from ..records import AttentionBytes, AttentionTime, Cost
from .failing import told
from .loader import LoadedModel
from .meter import timed
from .proof import trial_inputs
from .strategies import Inputs
from .trace import QKVTrace

MAX_TOKENS = 16_384
"""A pass over more takes minutes."""
FLOAT = 4
_OWN_WAY = (
    "This model computes its attention in its own way, so the time inside it cannot be measured."
)
_NO_SDPA = "SDPA has neither soft caps nor sinks, so this model does not run with it."


def measure(model: LoadedModel, tokens: int, limit_bytes: int) -> Cost:
    """Runs the model a few times on random tokens.

    Raises TooManyTokens, AnswerTooLarge where every pass would hold weights of more than
    `limit_bytes`, and ModelFailed where the model itself fails.
    """
    limit = min(model.max_tokens or MAX_TOKENS, MAX_TOKENS)
    if tokens > limit:
        raise TooManyTokens(f"This model is measured at {limit:,} tokens or fewer.")
    config = model.module.config
    padding = getattr(config, "pad_token_id", None)
    inputs = trial_inputs(config.vocab_size, padding, model.facts.device, [tokens])
    with told("at this length", "Measure fewer tokens."):
        return _measured(model, inputs, tokens, limit_bytes)


def _measured(model: LoadedModel, inputs: Inputs, tokens: int, limit_bytes: int) -> Cost:
    heads = [layer.heads for stack in model.stacks for layer in stack.layers]
    own_way = model.facts.trace == "weights"
    too_large = _too_large(heads, tokens, own_way, limit_bytes)
    if own_way and too_large:
        raise AnswerTooLarge(f"{too_large} Measure fewer tokens.")
    kept, takes_sdpa = _kept(model, inputs)
    if too_large and not takes_sdpa:
        raise AnswerTooLarge(f"{too_large} Measure fewer tokens.")
    plain = timed(model.module, inputs, "sdpa" if takes_sdpa else "eager")
    eager = plain if not takes_sdpa else None if too_large else timed(model.module, inputs, "eager")
    # A trace of weights holds them all; no other was there if eager attention was not run.
    measured = kept if own_way else eager.weights_bytes if eager else None
    return Cost(
        model=model.facts.id,
        tokens=tokens,
        layers=len(heads),
        heads=max(heads),
        device=model.facts.device,
        dtype=model.facts.dtype,
        threads=torch.get_num_threads(),
        kernel="sdpa" if takes_sdpa else "eager",
        repeats=plain.passes,
        forward_ms=plain.forward_ms,
        attention_ms=AttentionTime(
            sdpa=plain.attention_ms if takes_sdpa else None,
            eager=eager.attention_ms if eager else None,
        ),
        attention_bytes=AttentionBytes(
            weights=sum(heads) * tokens**2 * FLOAT if measured is None else measured,
            weights_measured=measured is not None,
            kept=kept,
        ),
        reason=_OWN_WAY if own_way else too_large if takes_sdpa else _NO_SDPA,
    )


def _too_large(heads: list[int], tokens: int, own_way: bool, limit_bytes: int) -> str | None:
    """A sentence where a pass that builds weights would take more than allowed."""
    # Scores, masked scores and weights live at the same moment in an eager function.
    at_once = 3 * max(heads) + (sum(heads) if own_way else 0)
    needed = at_once * tokens**2 * FLOAT
    if needed <= limit_bytes:
        return None
    return (
        f"Eager attention would take {needed / 1e6:,.1f} MB at this length and the limit is "
        f"{limit_bytes / 1e6:,.1f} MB."
    )


def _kept(model: LoadedModel, inputs: Inputs) -> tuple[int, bool]:
    """Bytes of this text's trace, and whether SDPA computes this model's attention.

    Its pass comes before all others and warms the model up.
    """
    traces = model.strategy.run(model.module, inputs).traces
    takes_sdpa = all(
        isinstance(trace, QKVTrace) and trace.scores.softcap is None and trace.scores.sink is None
        for trace in traces
    )
    return sum(trace.nbytes for trace in traces), takes_sdpa
