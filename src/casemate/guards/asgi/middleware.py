"""Guards around one route of an ASGI application. It fails closed: what could not be guarded does not leave.

A request to the route is read whole, its rows pass the guards, and the application is shown what they let through; the
scores in its answer pass them on the way out. All other routes, lifespan and websockets are untouched.

200   answered             400   no JSON, no rows, or two names of the client       405   another method than POST
413   too long             422   a row was refused: by which guard, or why          429   the quota is used up
500   the application's answer could not be guarded

What was used up of a quota stays used. Guards work in the event loop: an anomaly gate takes some 20 ms a request.
"""

from __future__ import annotations

import posixpath
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from casemate.core.errors import CasemateError
from casemate.guards._guard import Guard
from casemate.guards._schema import Schema, schema_of
from casemate.guards._spec import made
from casemate.guards._window import Window
from casemate.guards.asgi.client import Ambiguous, Client
from casemate.guards.asgi.document import Unreadable, at, put, read, written
from casemate.guards.asgi.exchange import App, Gone, Receive, Reply, Scope, Send, TooLarge, answer, asked, body_of, say
from casemate.guards.asgi.rows import Refuse, Rows, RowsRefused, rows_of

MOST_NAMED = 20
"""Refused rows that an answer names."""


class Guarding:
    """An ASGI application behind guards, the first the outermost.

    guards: texts such as `quota:quota=100`, or guards of the shelf, which are copied.
    clean: rows from which guards and the schema learn: a frame of pandas, then rows of requests are objects by name, or
    an array, then they are lists. None: rows are lists of numbers, and guards that have to learn let all through.
    path: of the route; however it is written, it is this one. rows, scores: where they stand in request and answer,
    keys with a dot between them. client_header: says who asks; only where a proxy sets it, whoever sends it.
    refuse: `all`, a request is answered as a whole or not at all, or `row`: the application sees the other rows, and
    the scores of refused ones are null. window: seconds that a quota lasts by the clock; None: without end. Raises
    CasemateError.
    """

    def __init__(
        self,
        app: App,
        guards: Sequence[str | Guard],
        *,
        path: str,
        clean: Any = None,
        rows: str = "rows",
        scores: str = "scores",
        client_header: str | None = None,
        refuse: Refuse = "all",
        window: float | None = 3600.0,
        clock: Callable[[], float] = time.monotonic,
        most_bytes: int = 1_000_000,
        most_rows: int = 1_000,
        most_answer: int = 16_000_000,
    ) -> None:
        self.app, self.path = app, _plain(path)
        self.rows, self.scores = tuple(rows.split(".")), tuple(scores.split("."))
        self.most_bytes, self.most_rows, self.most_answer = most_bytes, most_rows, most_answer
        if refuse not in ("all", "row"):
            raise CasemateError("refuse", f"{refuse!r} is nothing", "write all or row")
        self.refuse, self.guards = refuse, made(guards, "guards")
        self.client, self.window = Client(client_header), Window(window, clock)
        self.schema: Schema | None = None
        if clean is not None:
            self.schema, learned = schema_of(clean)
            for guard in self.guards:
                guard.learn(learned)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection of the server."""
        if scope["type"] != "http" or not self._is_ours(scope) or scope["method"] == "OPTIONS":
            await self.app(scope, receive, send)
        elif scope["method"] != "POST":
            await say(send, 405, {"error": "this route takes POST"}, [(b"allow", b"POST")])
        else:
            await self._guarded(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            document = read(await body_of(receive, self.most_bytes))
            rows = self._let(at(document, self.rows), self.client(scope))
            body = written(put(document, self.rows, rows.shown()))
        except Gone:
            return
        except TooLarge:
            await say(send, 413, {"error": f"the body is longer than {self.most_bytes} bytes"})
        except (Unreadable, Ambiguous) as e:
            await say(send, 400, {"error": str(e)})
        except RowsRefused as e:
            await self._refused(send, e)
        else:
            await self._asked(scope, receive, send, body, rows)

    def _let(self, value: Any, client: str) -> Rows:
        self.window.renew(self.guards)
        return rows_of(value, self.schema, self.most_rows, self.guards, client, self.refuse)

    async def _refused(self, send: Send, e: RowsRefused) -> None:
        """429 where it helps to wait, else 422."""
        said = {"error": "refused", "rows": {str(i): w for i, w in list(e.why.items())[:MOST_NAMED]}}
        left = self.window.left
        headers = [(b"retry-after", str(left).encode())] if e.waits and left is not None else []
        await say(send, 429 if e.waits else 422, said, headers)

    async def _asked(self, scope: Scope, receive: Receive, send: Send, body: bytes, rows: Rows) -> None:
        try:
            reply = await asked(self.app, scope, body, receive, self.most_answer)
            out = self._out(reply, rows)
        except (TooLarge, Unreadable):
            await say(send, 500, {"error": "the answer could not be guarded"})
        else:
            await answer(send, reply.status, reply.headers, out)

    def _out(self, reply: Reply, rows: Rows) -> bytes:
        """The body of the answer with guarded scores; as it is where the application refused. Raises Unreadable."""
        if not reply.done:
            raise Unreadable("the application did not end its answer")
        if reply.status >= 300:
            return reply.body
        document = read(reply.body)
        return written(put(document, self.scores, rows.guarded(at(document, self.scores))))

    def _is_ours(self, scope: Scope) -> bool:
        """Whether the path is the route's, with or without that under which the application is mounted."""
        path, root = str(scope["path"]), str(scope.get("root_path", ""))
        return self.path in (_plain(path), _plain(path.removeprefix(root)))


def _plain(path: str) -> str:
    """One writing of a path: a router may take `//Predict/` for `/predict`."""
    return posixpath.normpath("/" + re.sub(r"/+", "/", path).strip("/")).casefold()
