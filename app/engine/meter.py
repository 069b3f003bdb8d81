"""How long a pass takes, and how much of that inside attention functions."""

from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from .capture import Function, attending, eager_function
from .kernels import Kernel
from .masks import Recipe
from .strategies import Inputs, forward

PASSES = 3
ENOUGH_S = 2.0
"""No further pass is begun after this long."""


@dataclass(frozen=True)
class Timing:
    passes: int
    forward_ms: float
    attention_ms: float | None
    """None where the model never called an attention function that could be timed."""
    weights_bytes: int
    """Of the weights that the attention functions gave, all layers together."""


class Meter:
    """The library's SDPA or the module's own eager function, with a clock around it."""

    def __init__(self, kernel: Kernel, device: str) -> None:
        self._kernel, self._device = kernel, device
        self._masks: dict[Recipe, Tensor | None] = {}
        """Built once a pass, as the library does."""
        self.calls = 0
        self.seconds = 0.0
        self.nbytes = 0

    def __call__(
        self,
        module: nn.Module,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        **options: Any,
    ) -> tuple[Tensor, None]:
        function, mask = self._function(module), self._mask(mask)
        started = now(self._device)
        output, weights = function(module, query, key, value, mask, **options)
        self.seconds += now(self._device) - started
        self.calls += 1
        self.nbytes += 0 if weights is None else weights.nbytes
        return output, None

    def _function(self, module: nn.Module) -> Function:
        if self._kernel == "eager":
            return eager_function(module)
        function: Function = ALL_ATTENTION_FUNCTIONS["sdpa"]
        return function

    def _mask(self, mask: Tensor | None) -> Tensor | None:
        recipe: Recipe | None = getattr(mask, "recipe", None)
        if recipe is None:
            return mask
        if recipe not in self._masks:
            self._masks[recipe] = recipe.eager() if self._kernel == "eager" else recipe.sdpa()
        return self._masks[recipe]


def timed(module: Any, inputs: Inputs, kernel: Kernel) -> Timing:
    """Medians of a few passes with this kernel, in this context only."""
    device = inputs["input_ids"].device.type
    forwards: list[float] = []
    insides: list[float] = []
    while len(forwards) < PASSES and sum(forwards) < ENOUGH_S:
        meter = Meter(kernel, device)
        started = now(device)
        with attending(meter):
            forward(module, inputs)
        forwards.append(now(device) - started)
        insides.append(meter.seconds)
    inside = median(insides) * 1e3 if meter.calls else None
    return Timing(len(forwards), median(forwards) * 1e3, inside, meter.nbytes)


def now(device: str) -> float:
    """Seconds, when all that was asked of the device is done."""
    if device != "cpu":
        torch.accelerator.synchronize()
    return perf_counter()
