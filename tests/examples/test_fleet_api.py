"""The routing service on the web, driven over ASGI in this process, as a server would."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

HERE = Path(__file__).resolve().parents[2] / "examples" / "fleet-routing"
NAMES = ("city", "service", "api")


@pytest.fixture(scope="module")
def code():
    """The example's modules by name; nobody else sees them."""
    before = {name: sys.modules.pop(name) for name in NAMES if name in sys.modules}
    sys.path.insert(0, str(HERE))
    yield {name: importlib.import_module(name) for name in NAMES}
    sys.path.remove(str(HERE))
    for name in NAMES:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture(scope="module")
def made(code):
    """A service of a small city with all three countermeasures, and its mornings."""
    city, service = code["city"], code["service"]
    rng = np.random.default_rng(0)
    c = city.city(6, rng)
    history = [city.morning(c, 120, 120, rng) for _ in range(12)]
    bare = service.service(c, history[:6])
    return replace(service.gated(bare, history[6:], 0), votes=True, own=True), history


@pytest.fixture
def clock():
    """A clock that stands still until a test moves it."""
    return [0.0]


@pytest.fixture
def ask(code, made, clock):
    """Posts a document to a path as an account: (status, answer)."""
    app = code["api"].behind_guards(*made, clock=lambda: clock[0])

    def post(path, document, who="anna", method="POST"):
        return asyncio.run(_asked(app, path, json.dumps(document).encode(), who, method))

    return post


async def _asked(app, path, body, who, method):
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    headers = [(b"x-account", who.encode())]
    await app({"type": "http", "method": method, "path": path, "headers": headers}, receive, send)
    return sent[0]["status"], json.loads(b"".join(m.get("body", b"") for m in sent))


def test_a_way_leads_from_crossing_to_crossing(ask, made):
    status, said = ask("/route", {"from": 0, "to": 35})
    c, way = made[0].city, said["streets"]
    assert status == 200
    assert (c.tail[way[0]], c.head[way[-1]]) == (0, 35)
    assert list(c.head[way[:-1]]) == list(c.tail[way[1:]])
    assert said["minutes"] == pytest.approx(made[0].usual[way].sum(), abs=0.05)  # nobody reported anything yet


def test_jams_that_many_report_lead_round_the_street(ask, made):
    street = ask("/route", {"from": 0, "to": 35})[1]["streets"][0]
    slow = float(made[0].usual[street] * 1.09)  # as much as our own vehicles' 10 % let count
    for i in range(40):
        assert ask("/reports", {"reports": [[street, slow]]}, who=f"driver {i}") == (200, {"noted": [1.0]})
    ask("/drives", {"drives": [[street, 3 * slow]]}, who="vehicle 1")
    assert street not in ask("/route", {"from": 0, "to": 35})[1]["streets"]


def test_an_account_has_one_word_for_a_street_and_a_quota(ask):
    assert ask("/reports", {"reports": [[0, 3.0], [0, 4.0], [1, 3.0]]}) == (200, {"noted": [1.0, 0.0, 1.0]})
    many = ask("/reports", {"reports": [[i, 3.0] for i in range(30)]}, who="bot")
    assert many == (200, {"noted": [1.0] * 20 + [None] * 10})
    status, said = ask("/reports", {"reports": [[40, 3.0]]}, who="bot")
    assert (status, said) == (429, {"error": "refused", "rows": {"0": "quota"}})


def test_minutes_that_no_honest_morning_knew_are_refused(ask):
    assert ask("/reports", {"reports": [[0, 500.0]]}) == (422, {"error": "refused", "rows": {"0": "input-range"}})


def test_a_new_morning_begins_anew(code, ask, clock):
    assert ask("/reports", {"reports": [[i, 3.0] for i in range(20)]})[0] == 200
    assert ask("/reports", {"reports": [[20, 3.0]]})[0] == 429
    clock[0] = code["api"].MORNING
    assert ask("/reports", {"reports": [[0, 3.0]]}) == (200, {"noted": [1.0]})


@pytest.mark.parametrize(
    ("path", "document", "answer"),
    [
        ("/route", {"from": 0, "to": 36}, (400, {"error": "to is a whole number from 0 to 35"})),
        ("/route", {"from": True, "to": 1}, (400, {"error": "from is a whole number from 0 to 35"})),
        ("/route", [], (400, {"error": "from is a whole number from 0 to 35"})),
        ("/drives", {"drives": [[0, -1]]}, (400, {"error": "minutes are above 0 and below 1440"})),
        ("/drives", {"drives": [0]}, (400, {"error": "give a list of [street, minutes]"})),
        ("/reports", {"reports": [[0.5, 3.0]]}, (400, {"error": "street is a whole number from 0 to 119"})),
        ("/nowhere", {}, (404, {"error": "nothing is here"})),
    ],
)
def test_what_makes_no_sense_is_told(ask, path, document, answer):
    assert ask(path, document) == answer


def test_only_post_and_only_so_many_bytes(code, ask):
    assert ask("/route", {}, method="GET") == (405, {"error": "this route takes POST"})
    assert ask("/route", "x" * code["api"].LARGEST)[0] == 413


def test_a_server_starts_and_stops_the_application_that_the_file_names(code):
    sent, told = [], iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive():
        return {"type": next(told)}

    async def send(message):
        sent.append(message["type"])

    asyncio.run(code["api"].app({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    status, said = asyncio.run(_asked(code["api"].app, "/route", b'{"from": 3, "to": 77}', "driver", "POST"))
    assert (status, len(said["streets"])) == (200, 11)
