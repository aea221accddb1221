"""sign: sign a model as OpenSSF Model Signing v1.0, or make a first key."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from casemate.cli import _inputs, _keys
from casemate.cli._paths import PATH
from casemate.core.errors import CasemateError

KINDS = ["p256", "p384", "p521", "ed25519"]  # as in keys.py, which is not read for --help


@click.command("sign")
@click.argument("path", required=False, type=PATH)
@_keys.KEY
@_keys.PASSPHRASE
@click.option("--certificate", "certificates", type=PATH, multiple=True, help="Your certificate; then those above it.")
@click.option("--output", "-o", type=PATH, help="The file of the signature; PATH.sig when not given.")
@click.option(
    "--version", type=click.IntRange(0, 10**12), help="Sign a version too, so that nobody puts an old one back."
)
@click.option("--ignore", "ignored", multiple=True, metavar="NAME", help="Leave out a file or folder in PATH.")
@click.option("--allow-symlinks", is_flag=True, help="Sign what links to files lead to.")
@click.option("--new-key", type=PATH, help="Write a new key pair: NAME and NAME.pub.")
@click.option("--kind", type=click.Choice(KINDS), default="p256", show_default=True, help="Kind of the new key.")
@click.option("--no-passphrase", is_flag=True, help="Leave the new key unlocked on disk.")
@_inputs.TODAY
def command(
    path: Path | None,
    key: Path | None,
    passphrase: _keys.Source,
    certificates: tuple[Path, ...],
    output: Path | None,
    version: int | None,
    ignored: tuple[str, ...],
    allow_symlinks: bool,
    new_key: Path | None,
    kind: str,
    no_passphrase: bool,
    today: str | None,
) -> None:
    """Sign the file or folder PATH: every file in it by name and content.

    The signature is a Sigstore bundle that `casemate verify` and model_signing 1.1 verify. Ends with 0, or with 2 when
    nothing was signed.
    """
    if new_key is not None:
        _new_key(new_key, kind, passphrase, no_passphrase)
        if path is None:
            return
        key = key or new_key
    if path is None or key is None:
        what, todo = (
            ("PATH", "name a model") if path is None else ("--key", "name a key, or make one with --new-key NAME")
        )
        raise CasemateError("sign", f"{what} is missing", todo)
    from casemate.core import files
    from casemate.evidence.sign.bundle import outside
    from casemate.evidence.sign.make import Order, sign

    where = output or outside(path)
    day = _inputs.day(today)[0]
    _replaceable(where)
    made = sign(Order(path, _keys.private(key, passphrase), day, where, certificates, ignored, allow_symlinks, version))
    files.write(where, made.text)
    click.echo(f"wrote {where}", err=True)
    click.echo(f"{made.sha256}  {path}: {made.files} {'file' if made.files == 1 else 'files'} signed")
    for name in made.code:
        click.echo(f"left out, and could hold code: {name}", err=True)


def _replaceable(where: Path) -> None:
    """An older signature is replaced; whatever else has this name is not: it may be the model's own file."""
    from casemate.core import files
    from casemate.evidence.sign import bundle
    from casemate.evidence.sign.dsse import Broken

    try:
        if files.kind(where) == "file":
            bundle.read(where)
    except bundle.Unsupported:
        return
    except Broken:
        raise CasemateError(str(where), "is there already and is no signature", "choose another --output") from None


def _new_key(path: Path, kind: str, source: _keys.Source, bare: bool) -> None:
    from casemate.evidence.sign import keys

    made = keys.new_pair(path, next(k for k in keys.KINDS if k == kind), None if bare else _keys.new_passphrase(source))
    for file, what in zip(
        made, ("the private key; keep it", "the public key; give it to whoever verifies"), strict=True
    ):
        click.echo(f"wrote {file}: {what}", err=True)
    sys.stderr.flush()
