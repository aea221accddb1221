"""An endpoint over http(s), asked by httpx from our own process: what it answers is data, no code.

Only what a system file says `may be attacked` is asked, until the day and by the word that it names; the command line
takes no addresses. Options: `body`, a JSON template (template.py); `scores` or `label`, the path to the answer;
`batch`, rows a request; `header NAME`, such as `Bearer $TOKEN` from the environment; `timeout`, `rate` (requests a
second), `wait` (seconds in all when it is busy), `price` of a request and `cap` of all (terms.py).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from casemate.core.errors import CasemateError
from casemate.core.space import Array, Space
from casemate.evidence.redteam.endpoint import LARGEST, Endpoint, Fails, Reply
from casemate.evidence.redteam.loaded import Loaded, Shown
from casemate.evidence.redteam.model import Gives, one_hot
from casemate.evidence.redteam.template import Lost, at, places, scores
from casemate.evidence.redteam.terms import Terms, plain, terms

NEEDS = ("httpx", "pip install 'casemate[http]'")
REMEMBER = 100_000
"""Answers: what several attacks ask is paid once."""
OURS = {"accept": "application/json", "content-type": "application/json", "accept-encoding": "identity",
        "user-agent": "casemate"}  # fmt: skip


def recognises(head: bytes, name: str) -> bool:
    """An address."""
    return not head and name.startswith(("http://", "https://"))


def load(source: str, shown: Shown, options: Mapping[str, Any]) -> Loaded:
    """Never in the child, which holds none of our secrets. Raises TypeError."""
    raise TypeError("an endpoint is asked from the process that holds its secrets")


@dataclass(frozen=True, slots=True)
class Asked:
    """An endpoint as a model."""

    endpoint: Endpoint
    space: Space
    names: tuple[str, ...]

    @property
    def classes(self) -> int:
        """As many as were named."""
        return len(self.names)

    @property
    def gives(self) -> Gives:
        """By the path that was named."""
        return "labels" if self.endpoint.terms.labels else "scores"

    @property
    def batch(self) -> int:
        """Rows of one request."""
        return self.endpoint.terms.batch

    def __call__(self, rows: Array) -> Array:
        """Scores of shape (n, classes), by one request for each batch. Raises ModelError and Spent."""
        found = [self._asked(rows[i : i + self.batch]) for i in range(0, len(rows), self.batch)]
        return np.vstack([np.zeros((0, self.classes)), *found])

    def _asked(self, rows: Array) -> Array:
        t = self.endpoint.terms
        answer = self.endpoint.ask(t.template.filled(self.space, rows))
        try:
            found = at(answer, t.path)
            if t.labels:
                return one_hot(places(found, len(rows), self.names), self.classes)
            return scores(found, len(rows), self.names)
        except Lost as e:
            key = "label" if t.labels else "scores"
            todo = f"check its options {key} and body, and the classes"
            raise self.endpoint.error(f"answered JSON that {e}", todo) from None


@contextmanager
def connected(
    address: str, space: Space, options: Mapping[str, Any], environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep,
) -> Iterator[tuple[Asked, list[Any]]]:  # fmt: skip
    """The model and its classes; nothing is sent before the first question. Raises CasemateError."""
    import httpx

    t = terms(address, options, environ)
    names = _names(address, options.get("classes"))
    with httpx.Client(timeout=t.timeout, follow_redirects=False, verify=True) as client:
        yield Asked(Endpoint(t, sender(client, t), clock, sleep), space, names), list(names)


def _names(address: str, said: Any) -> tuple[str, ...]:
    names = tuple(n.strip() for n in said.split(",")) if isinstance(said, str) else tuple(map(str, said or ()))
    if len(names) < 2:
        todo = "name them in the order of its scores: `classes: [good, bad]`"
        raise CasemateError(plain(address), f"knows {len(names)} classes", todo)
    return names


def sender(client: Any, t: Terms) -> Callable[[bytes], Reply]:
    """Sends by httpx; its errors become ours, whose words hold nothing of what was sent."""
    import httpx

    def send(body: bytes) -> Reply:
        try:
            with client.stream("POST", t.address, content=body, headers={**t.headers, **OURS}) as r:
                client.cookies.clear()
                return Reply(r.status_code, {k.lower(): v for k, v in r.headers.items()}, _body(r))
        except httpx.TimeoutException:
            raise Fails(f"did not answer within {t.timeout:g} s") from None
        except httpx.ConnectError as e:
            broken = "CERTIFICATE" in str(e)
            raise Fails("has a certificate that nobody vouches for" if broken else "cannot be reached") from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as e:
            raise Fails(f"broke off ({type(e).__name__})") from None

    return send


def _body(reply: Any) -> bytes:
    """The bytes of a reply as they were sent. Raises Fails for more than LARGEST, and for packed ones."""
    if reply.headers.get("content-encoding", "identity") != "identity":
        raise Fails("answered in a packed form that was not asked for")
    out = b""
    for piece in reply.iter_raw():
        out += piece
        if len(out) > LARGEST:
            raise Fails(f"answered more than {LARGEST} bytes")
    return out
