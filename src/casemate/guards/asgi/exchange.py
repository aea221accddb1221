"""One request as a whole: its body, what the application answers to it, and short answers of our own."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

HIDDEN = frozenset({b"content-length", b"transfer-encoding", b"accept-encoding", b"range", b"if-range", b"expect"})
"""Headers of a request that speak of bytes which change here, or ask for an answer that could not be read."""
STALE = frozenset({b"content-length", b"transfer-encoding", b"etag", b"content-md5", b"digest", b"content-digest"})
"""Headers of an answer that speak of bytes which change here."""


class TooLarge(Exception):
    """The body is longer than allowed."""


class Gone(Exception):
    """The client went away."""


async def body_of(receive: Receive, most: int) -> bytes:
    """The body of a request. Raises TooLarge as soon as it is, and Gone."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise TooLarge
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


@dataclass(slots=True)
class Reply:
    """What the application answered."""

    most: int
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    done: bool = False
    size: int = 0

    async def send(self, message: Message) -> None:
        """Takes what the application sends. Raises TooLarge."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(bytes(k), bytes(v)) for k, v in message.get("headers", ())]
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))
            self.size += len(self.parts[-1])
            if self.size > self.most:
                raise TooLarge
            self.done = not message.get("more_body", False)

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(self.parts)


async def asked(app: App, scope: Scope, body: bytes, receive: Receive, most: int) -> Reply:
    """The application's answer to this body instead of the one that came. Raises TooLarge for a longer one."""
    headers = [(k, v) for k, v in scope.get("headers", ()) if k.lower() not in HIDDEN]
    shown = {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())], "extensions": {}}
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    reply = Reply(most)
    await app(shown, again, reply.send)
    return reply


async def answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """One answer, its length as it is."""
    kept = [(k, v) for k, v in headers if k.lower() not in STALE]
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [*kept, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def say(send: Send, status: int, said: Mapping[str, object], headers: Headers = ()) -> None:
    """A short answer of our own, as JSON."""
    body = json.dumps(dict(said), separators=(",", ":")).encode()
    await answer(send, status, [(b"content-type", b"application/json"), *headers], body)
