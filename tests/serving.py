"""A scorer behind a real http server on this machine, whose answers a test decides."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

TOKEN = "of-the-scorer-123"  # noqa: S105


def scored(body):
    """p(second class) is the first column."""
    return {"predictions": [[1 - row[0], row[0]] for row in body["instances"]]}


def sent(what, status=200, **headers):
    """An answer: JSON, or bytes as they are."""
    data = what if isinstance(what, bytes) else json.dumps(what).encode()
    return status, {k.replace("_", "-"): v for k, v in headers.items()}, data


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer takes 40 ms

    def do_POST(self):
        data = self.rfile.read(int(self.headers["content-length"]))
        asked = {"path": self.path, "headers": dict(self.headers), "body": json.loads(data)}
        self.server.asked.append(asked)
        answers = self.server.answers
        found = answers[min(len(self.server.asked), len(answers)) - 1]
        status, headers, body = sent(scored(asked["body"])) if found is None else found
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *what):
        pass


@contextmanager
def serving(*answers):
    """A server that gives these answers in turn, the last for ever; None: a score by the first column."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.asked, server.answers = [], answers or (None,)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server.address = f"http://127.0.0.1:{server.server_port}/v1/score"
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Time:
    """A clock that moves only when somebody waits."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.slept.append(round(seconds, 6))


ROWS = np.array([[0.1, 0.9], [0.8, 0.2], [0.5, 0.5]])
