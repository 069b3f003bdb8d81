"""From a folder to a model whose attention is proved to be its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, PreTrainedConfig
from transformers.utils import logging

from ..errors import ModelFailed, ModelRefused
from ..records import ModelFacts, NoTokens, Stack, TraceDtype
from .catalog import Location
from .inputs import TextInputs
from .masks import LostMask
from .memory import keep_freed_memory
from .projection import Wiring, read_wiring
from .proof import check_reference, prove, trial_inputs
from .sizes import check_config
from .strategies import (
    Inputs,
    KeepQKV,
    KeepWeights,
    NoInterface,
    Seen,
    Strategy,
    eager_attentions,
)
from .tokenizing import load_inputs
from .trace import WeightsTrace
from .unembedding import Unembedding, find_unembedding
from .vetting import vet


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model in memory, set up once and never changed again."""

    facts: ModelFacts
    stacks: tuple[Stack, ...]
    inputs: TextInputs
    max_tokens: int | None
    pairs: bool
    parameters: int
    nbytes: int
    module: Any
    strategy: Strategy
    trial: Seen
    """What was seen of the longer trial text."""
    wiring: Wiring
    """What follows its attention."""
    unembedding: Unembedding | NoTokens

    def trace_bytes(self, tokens: int, dtype: TraceDtype = "float32") -> float:
        """What the trace of a text of so many tokens takes, told from that of the trial text."""
        growth = tokens / self.trial.traces[0].queries
        kept = 0.0
        for trace in self.trial.traces:
            if isinstance(trace, WeightsTrace):
                kept += trace.nbytes * growth**2
            else:
                less = trace.vectors_bytes / 2 if dtype == "float16" else 0
                kept += (trace.nbytes - less) * growth
        return kept


def load(
    location: Location, *, id: str, device: str, limit_bytes: int | None = None
) -> LoadedModel:
    """Vets the folder, loads it in float32 and proves a strategy on a trial batch.

    Raises ModelRefused where it cannot be shown exactly, ModelFailed where loading itself fails.
    """
    keep_freed_memory()
    _quiet()
    folder = location.folder
    config = vet(folder)
    check_config(config, limit_bytes)
    module = _load_module(folder, config, device)
    inputs = load_inputs(folder, config, config.get_text_config().vocab_size)
    strategy, seen = _set_up(module, device)
    wiring = read_wiring(module, _trial(module, device))
    parameters = sum(parameter.numel() for parameter in module.parameters())
    causal = seen.layers[0].causal
    stack = Stack("decoder" if causal else "encoder", "input", "input", seen.layers)
    return LoadedModel(
        facts=ModelFacts(
            id=id,
            revision=location.revision,
            family=config.model_type,
            dtype="float32",
            device=device,
            trace=strategy.kind,
            kernel="sdpa" if seen.kernels == {"sdpa"} else "eager",
        ),
        stacks=(stack if strategy.kind == "qkv" else stack.without("arithmetic", "weights-only"),),
        inputs=inputs,
        max_tokens=_max_tokens(module, config, inputs.limit),
        pairs=inputs.pairs and not causal,
        parameters=parameters,
        nbytes=sum(parameter.nbytes for parameter in module.parameters()),
        module=module,
        strategy=strategy,
        trial=seen,
        wiring=wiring,
        unembedding=find_unembedding(module, config, wiring),
    )


def _quiet() -> None:
    """The library draws no bars, and what it has to say goes the way of all other log lines."""
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.disable_default_handler()
    logging.enable_propagation()


def _load_module(folder: Path, config: PreTrainedConfig, device: str) -> Any:
    try:
        # Eager first, whatever comes after: a custom name at construction is a trap (BLOOM).
        module, report = AutoModel.from_pretrained(
            folder,
            config=config,
            dtype=torch.float32,
            attn_implementation="eager",
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except Exception as error:
        raise ModelFailed(
            f"transformers could not load the model ({type(error).__name__}). Check that its "
            "files are complete, then try again."
        ) from error
    missing = [key for key in report["missing_keys"] if not key.startswith("pooler.")]
    if missing:
        raise ModelRefused(
            f"{len(missing)} tensors of the model are missing in its files, so it would run with "
            "random ones."
        )
    if not all(parameter.sum().isfinite() for parameter in module.parameters()):
        raise ModelRefused("Some of its weights are not numbers (NaN or infinite).")
    module.config.use_cache = False
    return module.eval().to(device)


def _set_up(module: Any, device: str) -> tuple[Strategy, Seen]:
    """The first strategy that passes the proof; the eager reference comes before any set-up."""
    inputs = _trial(module, device)
    try:
        reference = eager_attentions(module, inputs)
    except Exception as error:
        raise ModelRefused(
            f"It failed on a short trial text ({type(error).__name__}), so nothing is shown."
        ) from error
    check_reference(reference)
    try:
        return _proved(KeepQKV(), module, inputs, reference)
    except (NoInterface, LostMask, ModelRefused):
        return _proved(KeepWeights(), module, inputs, reference)


def _trial(module: Any, device: str) -> Inputs:
    config = module.config
    return trial_inputs(config.vocab_size, getattr(config, "pad_token_id", None), device)


def _proved(strategy: Strategy, module: Any, inputs: Any, reference: Any) -> tuple[Strategy, Seen]:
    strategy.prepare(module)
    return strategy, prove(module, strategy, inputs, reference)


def _max_tokens(module: Any, config: PreTrainedConfig, tokenizer_limit: int | None) -> int | None:
    """The tokenizer's limit or the number of positions, whichever is less; None if neither is set.

    RoBERTa's positions begin after its padding index, so its table holds more than it can use.
    """
    positions = getattr(config, "max_position_embeddings", None)
    for name, part in module.named_modules():
        if name.endswith("position_embeddings") and isinstance(part, torch.nn.Embedding):
            skipped = 0 if part.padding_idx is None else part.padding_idx + 1
            positions = part.num_embeddings - skipped
    known = [
        limit for limit in (positions, tokenizer_limit) if isinstance(limit, int) and limit > 0
    ]
    return min(known, default=None)
