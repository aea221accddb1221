"""Where an environment keeps its packages. Told from names and pyvenv.cfg; no interpreter is started to ask it.

An environment is named by its folder (`.venv`), by its interpreter (`.venv/bin/python`), or by a folder of packages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError

PATTERNS = (
    "lib/python3*/site-packages", "lib/python3*/dist-packages", "lib/python3/dist-packages", "Lib/site-packages",
    "lib64/python3*/site-packages", "local/lib/python3*/dist-packages",
)  # fmt: skip
_SYSTEM = re.compile(r"^include-system-site-packages\s*=\s*true\s*$", re.I | re.M)
_EXTRA = re.compile(r"^[^\S\n]*extra-index-url\s*[=:]\s*(\S+)", re.I | re.M)
_INDEX = re.compile(r"^[^\S\n]*index-url\s*[=:]\s*(\S+)", re.I | re.M)
_HOST = re.compile(r"^[^\S\n]*trusted-host\s*[=:]\s*(\S+)", re.I | re.M)


@dataclass(frozen=True, slots=True)
class Places:
    """The folder of an environment and its folders of packages. system: those of the machine are visible too."""

    prefix: Path
    sites: tuple[Path, ...]
    system: bool = False
    indexes: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    """What its own pip.conf says."""


def places(given: Path) -> Places:
    """Where the packages are. Fails with CasemateError when there are none."""
    found = files.kind(given)
    if found == "file":  # an interpreter; in a virtual environment it is a link, which must not be followed
        return places(given.absolute().parent.parent)
    if found != "folder":
        what = "there is no such environment" if found is None else "is no environment"
        raise CasemateError(str(given), what, "name its folder or its python")
    if given.name in ("site-packages", "dist-packages"):
        return Places(_prefix(given), (given,))
    sites: dict[Path, Path] = {}
    for pattern in PATTERNS:
        for site in sorted(given.glob(pattern)):
            if files.kind(site) == "folder":
                sites.setdefault(site.resolve(), site)
    if not sites:
        raise CasemateError(str(given), "holds no Python packages", "name an environment's folder or its python")
    pip = _text(given / "pip.conf") + _text(given / "pip.ini")
    return Places(
        given, tuple(sites.values()), bool(_SYSTEM.search(_text(given / "pyvenv.cfg"))),
        tuple(_INDEX.findall(pip)), tuple(_EXTRA.findall(pip)), tuple(_HOST.findall(pip)),
    )  # fmt: skip


def _prefix(site: Path) -> Path:
    """lib/python3.11/site-packages lies three folders below its prefix; any other folder is its own."""
    parents = site.absolute().parents
    inside = len(parents) > 2 and parents[1].name in ("lib", "lib64")
    return parents[2] if inside else site


def _text(path: Path) -> str:
    try:
        return files.read(path, 100_000).decode("utf-8", "replace")
    except CasemateError:
        return ""
