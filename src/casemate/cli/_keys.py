"""Keys and passphrases for the commands that sign. A passphrase never stands on a command line, where others see it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from casemate.cli._paths import PATH
from casemate.core.errors import CasemateError

if TYPE_CHECKING:
    from casemate.evidence.sign.keys import Private

MAX_PASSPHRASE = 1024
Source: TypeAlias = "tuple[str, str] | None"
FROM = "--passphrase-from"


def _source(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Source:
    if value is None:
        return None
    kind, sign, rest = value.partition(":")
    if not sign or not rest or kind not in ("env", "fd") or (kind == "fd" and not (rest.isascii() and rest.isdigit())):
        raise CasemateError(FROM, "names no place", "write env:NAME or fd:NUMBER; never the passphrase itself")
    return kind, rest


KEY = click.option("--key", type=PATH, help="The private key to sign with, a PEM file.")
PASSPHRASE = click.option(
    FROM, "passphrase", callback=_source, metavar="env:NAME|fd:N", help="Where the passphrase is, if not typed in."
)


def private(path: Path, source: Source) -> Private:
    """The private key; its passphrase is asked for on a terminal when nothing says where it is."""
    from casemate.evidence.sign import keys

    found = _opened(path, source)
    if keys.others_may_read(path):
        click.echo(f"{path}: others may read this key; chmod 600 {path}", err=True)
    return found


def _opened(path: Path, source: Source) -> Private:
    from casemate.evidence.sign import keys

    if source is not None:
        return keys.read_private(path, _given(source))
    try:
        return keys.read_private(path)
    except keys.Locked:
        if not sys.stdin.isatty():
            raise
    return keys.read_private(path, _typed("Passphrase", False))


def new_passphrase(source: Source) -> bytes:
    """The passphrase for a new key."""
    if source is None and not sys.stdin.isatty():
        todo = f"name its place with {FROM}, or say --no-passphrase"
        raise CasemateError("--new-key", "has no passphrase and no terminal to ask on", todo)
    found = _typed("Passphrase for the new key", True) if source is None else _given(source)
    if not found:
        raise CasemateError("--new-key", "has an empty passphrase", "give one, or say --no-passphrase")
    return found


def _typed(prompt: str, twice: bool) -> bytes:
    text: str = click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True)
    return text.encode("utf-8", "surrogateescape")


def _given(source: tuple[str, str]) -> bytes:
    kind, name = source
    if kind == "env":
        found = os.environb.get(os.fsencode(name)) if hasattr(os, "environb") else os.environ.get(name, "").encode()
        if found is None:
            raise CasemateError(FROM, f"names the variable {name!r}, which is not set", "set it")
        return found
    try:
        with os.fdopen(int(name), "rb", closefd=False) as f:
            return f.read(MAX_PASSPHRASE).split(b"\n", 1)[0].rstrip(b"\r")
    except (OSError, OverflowError, ValueError):
        raise CasemateError(FROM, f"names the descriptor {name}, which cannot be read", "open it") from None
