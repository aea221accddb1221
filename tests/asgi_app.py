"""A tiny ASGI application with a model, and how to ask one without a server."""

import asyncio
import json
from dataclasses import dataclass

import numpy as np


def model(rows):
    p = 1 / (1 + np.exp(-np.nan_to_num(rows[:, 0])))
    return np.column_stack([p, (1 - p) / 2, (1 - p) / 2])


class Tiny:
    """POST /predict answers the scores of rows; everything else says hello. Remembers what it was shown."""

    def __init__(self, answer=None):
        self.shown = []
        self.scopes = []
        self.answer = answer or (lambda rows: {"scores": model(rows).tolist(), "model": "m1"})

    async def __call__(self, scope, receive, send):
        self.scopes.append(scope)
        if scope["type"] != "http":
            await send({"type": f"{scope['type']}.seen"})
            return
        if scope["path"] != "/predict":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"hel", "more_body": True})
            await send({"type": "http.response.body", "body": b"lo"})
            return
        message = await receive()
        document = json.loads(message["body"])
        self.shown.append(document)
        rows = document["rows"] if isinstance(document["rows"], list) else [document["rows"]]
        rows = [list(r.values()) if isinstance(r, dict) else r for r in rows]
        if not isinstance(rows[0], list):
            rows = [rows]
        out = self.answer(np.array([[np.nan if v is None else v for v in r] for r in rows], dtype=float))
        await respond(send, 200, out)


async def respond(send, status, document, headers=()):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    there = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": there})
    half = len(body) // 2
    await send({"type": "http.response.body", "body": body[:half], "more_body": True})
    await send({"type": "http.response.body", "body": body[half:]})


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def ask(app, document, path="/predict", method="POST", client=("10.0.0.1", 5000), headers=(), pieces=1, **scope):
    """What the application answers to a body, which comes in pieces."""
    return asyncio.run(asking(app, document, path, method, client, headers, pieces, **scope))


async def asking(
    app, document, path="/predict", method="POST", client=("10.0.0.1", 5000), headers=(), pieces=1, **scope
):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    step = max(1, -(-len(body) // pieces))
    parts = [body[i : i + step] for i in range(0, len(body), step)] or [b""]
    messages = [{"type": "http.request", "body": p, "more_body": i + 1 < len(parts)} for i, p in enumerate(parts)]
    sent = []

    async def receive():
        await asyncio.sleep(0)
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message):
        await asyncio.sleep(0)
        sent.append(message)

    whole = {"type": "http", "method": method, "path": path, "headers": list(headers), "client": client, **scope}
    await app(whole, receive, send)
    if not sent or "status" not in sent[0]:
        return sent
    length = dict(sent[0]["headers"]).get(b"content-length")
    found = Answer(sent[0]["status"], dict(sent[0]["headers"]), b"".join(m.get("body", b"") for m in sent[1:]))
    assert length is None or int(length) == len(found.body)
    return found
