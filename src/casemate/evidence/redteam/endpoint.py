"""One request after the other to an endpoint: within its rate, its price and its time, and never to another host.

Nothing that the endpoint answers is repeated in an error but numbers: a page that shows an error may show our headers.
Redirects are not followed, certificates are checked, an answer is cut off at LARGEST bytes.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from queue import Empty, SimpleQueue
from typing import Any

from casemate.evidence.redteam.metered import Spent
from casemate.evidence.redteam.model import ModelError
from casemate.evidence.redteam.terms import Terms

LARGEST = 4_000_000  # bytes of an answer: a hundred rows with a thousand scores of 30 letters take 3 million
TRIES = 5
BUSY = frozenset((429, 502, 503, 504))
"""What is worth another try. 500 is not: the same row would end the same way."""
LATER = "run again later, or allow more with the option wait"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Fails(Exception):
    """Why there is no reply, in words without anything that was sent or answered."""


@dataclass(slots=True)
class Endpoint:
    """An endpoint and what it cost so far. Raises ModelError for what is no answer, Spent where money ends."""

    terms: Terms
    send: Callable[[bytes], Reply]
    """Raises Fails."""
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    requests: int = 0
    waited: float = 0.0
    """Seconds that it made us wait."""
    _last: float | None = field(default=None)

    def ask(self, body: Any) -> Any:
        """The JSON of its answer to a body."""
        data = json.dumps(body, separators=(",", ":"), allow_nan=False).encode()
        for turn in range(TRIES):
            reply = self._asked(data)
            if reply.status not in BUSY:
                return self._read(reply)
            if turn + 1 < TRIES:
                self._wait(reply, turn)
        raise self.error(f"answered {reply.status} {TRIES} times", LATER)

    def error(self, what: str, todo: str) -> ModelError:
        """A ModelError at its address."""
        return ModelError(self.terms.address, what, todo)

    def _asked(self, data: bytes) -> Reply:
        t = self.terms
        if t.cap is not None and (self.requests + 1) * t.price > t.cap * (1 + 1e-12):
            raise Spent("money")
        if self._last is not None:
            self._pause(self._last + 1 / t.rate - self.clock())
        self._last = self.clock()
        self.requests += 1
        try:
            return within(t.timeout, lambda: self.send(data))
        except Fails as e:
            raise self.error(str(e), "look at the endpoint, then run again") from None

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self.sleep(seconds)

    def _wait(self, reply: Reply, turn: int) -> None:
        """As long as it asks for; else twice as long each time."""
        said = retry_after(reply.headers)
        seconds = 2.0**turn if said is None else said
        if self.waited + seconds > self.terms.wait:
            what = f"answered {reply.status} and asks to wait {seconds:g} s"
            raise self.error(f"{what}, where {self.terms.wait:g} s in all are allowed", LATER)
        self.waited += seconds
        self._pause(seconds)

    def _read(self, reply: Reply) -> Any:
        if reply.status in (401, 403):
            raise self.error(f"answered {reply.status}: it does not let us in", "check the variable of its header")
        if 300 <= reply.status < 400:
            todo = "name the address that it leads to, when that may be attacked"
            raise self.error(f"answered {reply.status}: it leads to another address", todo)
        if reply.status != 200:
            raise self.error(f"answered {reply.status}", "send the body by hand, and look at what it says")
        try:
            return json.loads(reply.body, parse_constant=_refused)
        except NotFinite:
            raise self.error("answered NaN or infinity", "mend the model, or look at its input") from None
        except (ValueError, RecursionError):
            html = reply.body[:200].lstrip()[:1] == b"<"
            what = "answered a page (HTML), not JSON" if html else "answered what is no JSON"
            raise self.error(what, "check that the address is the model's own") from None


class NotFinite(Exception):
    """A number that JSON has not."""


def _refused(text: str) -> Any:
    raise NotFinite


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, or the time until a date by the endpoint's own clock; None where it says neither."""
    said = headers.get("retry-after", "").strip()
    if said.isdecimal():
        return float(said[:9])
    with suppress(ValueError, TypeError):
        until = parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, until / timedelta(seconds=1))
    return None


def within(seconds: float, job: Callable[[], Reply]) -> Reply:
    """What a job gives, if it does so in time: an endpoint may send one byte a minute for ever. Raises Fails."""
    box: SimpleQueue[Reply | BaseException] = SimpleQueue()

    def work() -> None:
        try:
            box.put(job())
        except BaseException as e:
            box.put(e)

    threading.Thread(target=work, daemon=True).start()
    try:
        found = box.get(timeout=seconds)
    except Empty:
        raise Fails(f"did not answer within {seconds:g} s") from None
    if isinstance(found, BaseException):
        raise found
    return found
