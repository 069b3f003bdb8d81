"""The rivals' own environment: their packages from PyPI, their scripts from npm."""

import base64
import hashlib
import subprocess
import sys
import sysconfig
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
CDN = "https://cdnjs.cloudflare.com/ajax/libs/"


@dataclass(frozen=True)
class Copy:
    """A script that a page of BertViz asks its CDN for, and where npm has the same."""

    address: str
    package: str
    path: str
    integrity: str


COPIES = (
    Copy(
        f"{CDN}require.js/2.3.6/require.min.js",
        "requirejs@2.3.6",
        "package/require.js",
        "ipEzlWQe6RK3jkzikgCupiTbTvm4S0/CAU5GlgptkN5SO6F3u0UD0K18wy6ErDqiCyP4J4YYe1HuAShvsxePLg==",
    ),
    Copy(
        f"{CDN}d3/5.7.0/d3.min.js",
        "d3@5.7.0",
        "package/dist/d3.min.js",
        "8KEIfx+dFm8PlbJN9PI0suazrZ41QcaAufsKE9PRcqYPWLngHIyWJZX96n6IQKePGgeSu0l7rtlueSSNq8Zc3g==",
    ),
    # npm has no 2.0.0; this is the next one.
    Copy(
        f"{CDN}jquery/2.0.0/jquery.min.js",
        "jquery@2.1.0",
        "package/dist/jquery.min.js",
        "QyJAvw0LUlUPci88C5LTFNtg4WFs70Dkqmwq4rZyOBflduKnHZakpIIDjhZVygAQbUqaghv6msUyP5TmRoNevQ==",
    ),
)


def prepare(folder: Path) -> Path:
    """Python of an environment in `folder`, made unless it is there already."""
    python, made = folder / "bin" / "python", folder / "requirements.txt"
    borrowed = sysconfig.get_path("purelib")
    wanted = f"{REQUIREMENTS.read_text()}# and {borrowed}\n"
    if made.exists() and made.read_text() == wanted:
        return python
    venv.create(folder, clear=True, with_pip=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "project.pth").write_text(borrowed)
    options = ["--quiet", "--disable-pip-version-check", "--requirement", str(REQUIREMENTS)]
    subprocess.run([python, "-m", "pip", "install", *options], check=True, timeout=300)
    made.write_text(wanted)
    return python


def scripts(folder: Path) -> dict[str, bytes]:
    """What to serve at each address of the CDN. Raises ValueError where npm sends another file."""
    folder.mkdir(parents=True, exist_ok=True)
    return {copy.address: _script(copy, folder) for copy in COPIES}


def _script(copy: Copy, folder: Path) -> bytes:
    archive = folder / f"{copy.package.replace('@', '-')}.tgz"
    if not archive.exists():
        command = ["npm", "pack", "--silent", copy.package]
        subprocess.run(command, cwd=folder, check=True, timeout=120, stdout=sys.stderr)
    digest = hashlib.sha512(archive.read_bytes()).digest()
    if base64.b64encode(digest).decode() != copy.integrity:
        raise ValueError(f"{archive} is not {copy.package} as it was pinned; delete it")
    with tarfile.open(archive) as held:
        member = held.extractfile(copy.path)
        assert member is not None
        return member.read()
