"""An ASGI application whose predictions are logged. It changes nothing: every message goes through as it is.

Request and answer of one route are copied as they pass, up to a limit, and read when the answer is complete. What is no
JSON, or too long, is one line with its status alone.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from casemate.guards.log import rows
from casemate.guards.log.writer import Writer

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]
ROWS = 10_000  # of one request


@dataclass(slots=True)
class _Copy:
    """What passed of one exchange."""

    most: int
    asked: bytearray = field(default_factory=bytearray)
    answered: bytearray = field(default_factory=bytearray)
    status: int | None = None
    whole: bool = True

    def take(self, into: bytearray, part: bytes) -> None:
        """Keep a part, as long as there is room."""
        if len(into) + len(part) > self.most:
            self.whole = False
        else:
            into += part


class Logged:
    """Logs POST requests to `path`.

    rows, answers: where they stand in request and answer, keys with a dot between them; an answer is a value, a list of
    probabilities, or an object with `prediction` and `confidence`. client_header: says who asks, where a proxy sets it;
    None: the address. Request ids are our own: a client who chose them could pass off new requests as repeated ones.
    """

    def __init__(
        self,
        app: App,
        writer: Writer,
        path: str = "/predict",
        rows: str = "instances",
        answers: str = "predictions",
        client_header: str | None = None,
        names: Sequence[str] | None = None,
        most: int = 1 << 20,
        ids: Callable[[], str] = lambda: str(uuid.uuid4()),
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.app, self.writer, self.path, self.names, self.most = app, writer, path, names, most
        self.rows, self.answers, self.ids, self.clock = rows, answers, ids, clock
        self.header = None if client_header is None else client_header.lower().encode("latin-1")

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope.get("path") != self.path or scope.get("method") != "POST":
            await self.app(scope, receive, send)
            return
        copy, begun = _Copy(self.most), self.clock()

        async def received() -> Message:
            message = await receive()
            copy.take(copy.asked, message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                copy.status = message["status"]
            copy.take(copy.answered, message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, received, sent)
        except BaseException:
            copy.status = 500
            raise
        finally:
            self._log(scope, copy, begun)

    def _log(self, scope: Any, copy: _Copy, begun: float) -> None:
        try:
            took = (self.clock() - begun) * 1000
            self.writer.write(self._lines(self._client(scope), copy, took))
        except Exception as e:  # an answer is worth more than its line in the log
            self.writer.failed(type(e).__name__, 1)

    def _client(self, scope: Any) -> str | None:
        if self.header is None:
            return self.writer.client(str((scope.get("client") or ("",))[0]))
        said = [bytes(value) for name, value in scope.get("headers", ()) if name.lower() == self.header]
        return self.writer.client(said[0].decode("latin-1")) if len(said) == 1 else None

    def _lines(self, client: str | None, copy: _Copy, took: float) -> list[rows.Prediction]:
        asked = _found(copy.asked, self.rows) if copy.whole else None
        answered = _found(copy.answered, self.answers) if copy.whole else None
        many = min(max(len(asked or ()), len(answered or ()), 1), ROWS)
        base = self.ids()
        return [
            rows.Prediction(
                request_id=base if many == 1 else f"{base}#{k}",
                client=client,
                features=rows.named(asked[k], self.names) if asked and k < len(asked) else {},
                status=copy.status,
                latency_ms=took,
                **_answer(answered[k] if answered and k < len(answered) else None),
            )
            for k in range(many)
        ]


def _found(body: bytearray, path: str) -> list[Any] | None:
    try:
        found = json.loads(bytes(body))
    except (ValueError, RecursionError):
        return None
    for key in path.split(".") if path else ():
        if not isinstance(found, Mapping) or key not in found:
            return None
        found = found[key]
    return found if isinstance(found, list) else [found]


def _answer(value: Any) -> dict[str, Any]:
    """prediction, confidence and its kind, as far as the answer says them."""
    if isinstance(value, Mapping):
        confidence, kind = value.get("confidence"), value.get("confidence_kind")
        number = isinstance(confidence, (int, float)) and not isinstance(confidence, bool)
        out = {"prediction": value.get("prediction"), "confidence": confidence if number else None}
        return {**out, "confidence_kind": kind if number and isinstance(kind, str) else None}
    if isinstance(value, list) and len(value) == 1:
        return _answer(value[0])
    if isinstance(value, list) and _is_distribution(value):
        top = max(range(len(value)), key=lambda i: value[i])
        return {"prediction": top, "confidence": float(value[top]), "confidence_kind": "max_prob"}
    return {"prediction": None if isinstance(value, list) else value}


def _is_distribution(values: list[Any]) -> bool:
    numbers = len(values) > 1 and all(type(v) in (int, float) and 0 <= v <= 1 for v in values)
    return numbers and abs(sum(values) - 1) <= 1e-3  # they may be rounded to three digits
