"""Prints the dependencies of pyproject.toml, and those of the extras named, one a line for pip.

The project itself is never installed in the checkout: its package is called `app` there.
"""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
lines = list(project["dependencies"])
for extra in sys.argv[1:]:
    lines += project["optional-dependencies"][extra]
sys.stdout.write("\n".join(lines) + "\n")
