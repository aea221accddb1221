"""Who asks: by the address of the connection, or by a header that a trusted proxy sets and nobody else can."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping
from typing import Any

from casemate.guards._guard import ANYBODY
from casemate.guards._pseudonym import Pseudonym


class Ambiguous(ValueError):
    """Two headers say who asks."""


class Client:
    """Names clients by a keyed hash, so that nobody reads addresses or tokens out of a guard's memory.

    header: the one that says who asks; whoever asks without it shares one name. None: the address of the connection,
    of IPv6 the network of 64 bits, since whoever has one address there has all of it. key: at least 16 bytes; None: one
    of this process alone. Raises CasemateError for a short key.
    """

    def __init__(self, header: str | None = None, key: bytes | None = None) -> None:
        self.header = None if header is None else header.lower().encode("latin-1")
        self.name = Pseudonym(secrets.token_bytes(32) if key is None else key)

    def __call__(self, scope: Mapping[str, Any]) -> str:
        """The name of whoever sent a request. Raises Ambiguous when the header stands there twice."""
        who = self._said(scope) if self.header is not None else _network(scope)
        return self.name(who) if who else ANYBODY

    def _said(self, scope: Mapping[str, Any]) -> str:
        found = [bytes(value).strip() for name, value in scope.get("headers", ()) if name.lower() == self.header]
        if len(found) > 1:
            raise Ambiguous("the header that names the client stands there twice")
        return found[0].decode("latin-1") if found else ""


def _network(scope: Mapping[str, Any]) -> str:
    host = str((scope.get("client") or ("", 0))[0])
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host  # a socket of Unix, a test
    if address.version == 6 and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(getattr(address, "ipv4_mapped", None) or address)
