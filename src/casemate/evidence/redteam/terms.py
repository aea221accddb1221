"""How an endpoint may be asked: what the options of the http adapter say, each checked before the first request.

Secrets come from the environment alone: a header's text names its variable, `Bearer $SCORER_TOKEN`. They are in
no option, in no error and in no evidence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from casemate.core.errors import CasemateError, did_you_mean
from casemate.evidence.redteam.template import Template, template

VARIABLE = re.compile(r"\$([A-Za-z_]\w*)")
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
TEXT = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
SECRET = re.compile(r"auth|cookie|key|token|secret|password", re.IGNORECASE)
OURS = frozenset(
    (
        "host",
        "content-length",
        "content-type",
        "transfer-encoding",
        "accept",
        "accept-encoding",
        "connection",
        "user-agent",
    )
)
HOME = frozenset(("localhost", "127.0.0.1", "::1"))
HEADER = "header "
NUMBERS = {"batch": 100.0, "timeout": 30.0, "rate": 10.0, "wait": 300.0, "price": 0.0, "cap": None}
WORDS = {"body": '{"instances": "$rows"}', "scores": "predictions", "label": None, "classes": None}


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything about an endpoint but its answers."""

    address: str
    template: Template
    path: str
    """Where in the answer the scores stand, or the labels."""
    labels: bool
    batch: int
    """Rows of one request."""
    timeout: float
    """Seconds that one request may take."""
    rate: float
    """Requests a second, at most."""
    wait: float
    """Seconds that we wait in all because the endpoint asks for it."""
    price: float
    """Of one request, in any currency."""
    cap: float | None
    """What all requests together may cost."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def terms(address: str, options: Mapping[str, Any], environ: Mapping[str, str]) -> Terms:
    """Of the options of an adapter. environ: where secrets are. Raises CasemateError, which holds no secret."""
    _checked(address)
    known = {*NUMBERS, *WORDS}
    for key in options:
        if key not in known and not key.startswith(HEADER):
            raise CasemateError(address, f"has no option {key[:40]!r}", did_you_mean(key, [*known, "header NAME"], 12))
    if "scores" in options and "label" in options:
        raise CasemateError(address, "has both a path to scores and one to a label", "name one of them")
    n = {key: _number(address, key, options.get(key, default)) for key, default in NUMBERS.items()}
    form = _template(address, str(options.get("body", WORDS["body"])))
    if (n["cap"] is None) != (n["price"] == 0):
        raise CasemateError(address, "has a price and no cap, or a cap and no price", "give both: `price`, `cap`")
    headers = _headers(address, options, environ)
    _encrypted(address, headers)
    path = str(options.get("label", options.get("scores", WORDS["scores"])))
    batch = 1 if form.single else max(1, int(n["batch"] or 1))
    return Terms(
        address, form, path, "label" in options, batch, _due(n["timeout"]), _due(n["rate"]), _due(n["wait"]),
        _due(n["price"]), n["cap"], headers,
    )  # fmt: skip


def _due(value: float | None) -> float:
    return value or 0.0


def _number(address: str, key: str, said: Any) -> float | None:
    """At least 0; what divides or bounds a request is more than 0."""
    if said is None:
        return None
    try:
        found = float(said)
    except (TypeError, ValueError):
        found = -1.0
    if not 0 <= found <= 1e9 or (found == 0 and key in ("batch", "timeout", "rate")):
        raise CasemateError(address, f"has the {key} {str(said)[:40]!r}", "write a number, such as 10")
    return found


def _template(address: str, text: str) -> Template:
    try:
        return template(text)
    except ValueError as e:
        raise CasemateError(address, "cannot be asked", str(e)) from None


def _headers(address: str, options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    out = {}
    for key, text in options.items():
        if key.startswith(HEADER):
            name = key[len(HEADER) :].strip()
            out[name] = _header(address, name, str(text), environ)
    return out


def _header(address: str, name: str, text: str, environ: Mapping[str, str]) -> str:
    """Its text with the variables of the environment in it."""
    if not TOKEN.fullmatch(name) or name.lower() in OURS:
        raise CasemateError(address, f"cannot be sent the header {name[:40]!r}", "name another")
    names = VARIABLE.findall(text)
    if SECRET.search(name) and not names:
        todo = f"write it as a variable of the environment: `header {name}: $NAME`"
        raise CasemateError(address, f"has a secret in the open: the header {name}", todo)
    for variable in names:
        if not TEXT.fullmatch(environ.get(variable, "")):
            what = "is not set" if not environ.get(variable) else "holds what no header may"
            raise CasemateError(address, f"needs the variable {variable}, which {what}", "set it where casemate runs")
    found = VARIABLE.sub(lambda m: environ[m[1]], text)
    if not TEXT.fullmatch(found):
        raise CasemateError(address, f"cannot be sent the header {name}", "write it as plain text in one line")
    return found


def _checked(address: str) -> None:
    """An address holds no secret: it stands in evidence."""
    parts, todo = _split(address), "write https://host/path"
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise CasemateError(address.split("?")[0].split("@")[-1], "is no address of an endpoint", todo)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        what = "has a user, a query or a fragment in its address"
        raise CasemateError(plain(address), what, "send secrets by a header: addresses stand in evidence")


def _encrypted(address: str, headers: Mapping[str, str]) -> None:
    """What may be secret is not sent in the open, but to this machine."""
    parts = _split(address)
    if headers and parts is not None and parts.scheme == "http" and parts.hostname not in HOME:
        raise CasemateError(address, "would be sent headers without encryption", "write https://")


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def plain(address: str) -> str:
    """Without user, query and fragment, for messages."""
    parts = _split(address)
    if parts is None:
        return "an address"
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
