"""The machine that a figure was measured on, in words."""

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil
import torch

from .picture import CHROMIUM


def machine() -> str:
    """Processor, cores and memory."""
    listed = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: (.+)", listed.read_text() if listed.exists() else "")
    name = named[1] if named else platform.processor() or platform.machine()
    memory = psutil.virtual_memory().total / 1024**3
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"


def versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("transformers", "playwright"))
    return (
        f"Python {platform.python_version()}, torch {torch.__version__} "
        f"({torch.get_num_threads()} threads), {packages}, {_chromium()}"
    )


def load() -> str:
    """What else the machine was doing: on a quiet one the first number is near 0."""
    return ", ".join(f"{average:.1f}" for average in os.getloadavg())


def _chromium() -> str:
    if not Path(CHROMIUM).exists():
        return "Playwright's Chromium"
    told = subprocess.run([CHROMIUM, "--version"], capture_output=True, text=True, timeout=30)
    return " ".join(told.stdout.split()[:2])
