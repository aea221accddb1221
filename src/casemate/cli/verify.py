"""verify: check the signature of a model: who signed, what, and what that leaves open."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs
from casemate.cli._paths import PATH
from casemate.core.errors import CasemateError

if TYPE_CHECKING:
    from casemate.evidence.sign.trust import Trust


@click.command("verify")
@click.argument("path", required=False, type=PATH)
@click.option("--key", type=PATH, help="The signer's public key, a PEM file.")
@click.option("--ca", type=PATH, help="The authority that the signer's certificate must lead to; needs --subject.")
@click.option("--subject", help="The name that the certificate must carry.")
@click.option("--identity", help="Who must have signed a sigstore bundle; needs --issuer and --trusted-root.")
@click.option("--issuer", help="Who stands for that identity.")
@click.option("--trusted-root", type=PATH, help="The trusted_root.json of the sigstore instance.")
@click.option("--signature", type=PATH, help="The file of the signature; PATH.sig or PATH/model.sig when not given.")
@click.option("--name", help="What it must have been signed as; that of PATH when not given.")
@click.option("--digest", help="The only sha256 that will do.")
@click.option("--version", type=click.IntRange(0, 10**12), help="The lowest version that will do.")
@click.option("--max-age", type=click.IntRange(0, 36525), metavar="DAYS", help="How long ago it may have been signed.")
@click.option("--component", help="Check a component by the `signature:` of its system file; PATH is that file.")
@click.option(
    "--running", metavar="DIGEST|FILE", help="What runs: a digest, a manifest, image labels, a prediction log."
)
@click.option("--assessed", type=PATH, help="What passed: the JSON of `casemate assess`.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_inputs.TODAY
def command(
    path: Path | None,
    key: Path | None,
    ca: Path | None,
    subject: str | None,
    identity: str | None,
    issuer: str | None,
    trusted_root: Path | None,
    signature: Path | None,
    name: str | None,
    digest: str | None,
    version: int | None,
    max_age: int | None,
    component: str | None,
    running: str | None,
    assessed: Path | None,
    format_: str,
    today: str | None,
) -> None:
    """Check the signature of the file or folder PATH. Nothing is fetched; say whom you trust.

    Ends with 0 when it is valid (and what runs and what passed is the same, where you ask), with 1 when it is not, with
    3 when that could not be found out, with 2 when the question was incomplete.
    """
    from casemate.evidence.sign import join, tell
    from casemate.evidence.sign.check import verify
    from casemate.evidence.sign.running import running as running_digests
    from casemate.evidence.sign.trust import Trust
    from casemate.evidence.verify.policy import digests

    given = Trust(key, ca, subject, identity, issuer, trusted_root, digest, version, max_age, name)
    if component is not None:
        path, given, signature = _of_component(path, component, given, signature)
    if path is None:
        raise CasemateError("verify", "PATH is missing", "name a model, or a component with --component")
    if wrong := given.incomplete():
        raise CasemateError("verify", wrong[0], wrong[1])
    if component is None:
        _readable(given)
    runs = running_digests(running) if running is not None else None
    passed = join.assessed(assessed, component) if assessed is not None else None
    check = verify(path, given, _inputs.day(today)[0], signature)
    joined = None
    if runs is not None or passed is not None:
        joined = join.join(digests(path, check), runs, passed)
    click.echo(tell.json_text(path, check, joined) if format_ == "json" else tell.text(path, check, joined), nl=False)
    sys.exit(tell.exit_code(check, joined))


def _readable(given: Trust) -> None:
    """A key that cannot be used is a wrong question (2); one that a system file names is a check that failed (3)."""
    from casemate.evidence.sign import certificate, keys

    if given.key is not None:
        keys.read_public(given.key)
    if given.ca is not None:
        certificate.read(given.ca)


def _of_component(
    file: Path | None, name: str, given: Trust, signature: Path | None
) -> tuple[Path, Trust, Path | None]:
    """Path, policy and signature of a component. Its policy is the file's alone."""
    from casemate.core.errors import did_you_mean
    from casemate.evidence.sign.trust import Trust
    from casemate.evidence.verify.policy import trust_of

    if given != Trust():
        raise CasemateError("--component", "is given beside a policy", "leave out one of them")
    at = _inputs.system_file(file)
    system, _ = _inputs.read_system(at)
    if name not in system.components:
        raise CasemateError("--component", f"{name[:60]!r} is no component", did_you_mean(name, system.components))
    c = system.components[name]
    if c.path is None or "signature" not in c.props:
        raise CasemateError("--component", f"{name} has no file or no signature", "give it `path:` and `signature:`")
    bundle = c.props["signature"].get("bundle")
    return at.parent / c.path, trust_of(c, at.parent), signature or (at.parent / bundle if bundle else None)
