"""What torch finds on this machine."""

import torch


def describe_torch() -> str:
    return f"{torch.__version__}, {torch.get_num_threads()} threads"


def has_device(device: str) -> bool:
    """Whether a tensor can be put there."""
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        return False
    return True
