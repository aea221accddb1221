"""The service on the web: reports of travel times in, ways for the fleet's drivers out. Plain ASGI, no framework.

    POST /reports   {"reports": [[street, minutes], ...]}   -> {"noted": [1.0, ...]}      anybody with an account
    POST /drives    {"drives": [[street, minutes], ...]}    -> {"noted": 1}               the fleet's own vehicles
    POST /route     {"from": 3, "to": 77}                   -> {"streets": [...], "minutes": 12.5}    drivers

`/reports` stands behind Casemate's guards: a quota for each account, and only streets and minutes as honest mornings
knew them. The proxy in front checks accounts and certificates, says who asks in the header `x-account`, and lets only
the fleet to the other two. Run it with any ASGI server, such as `uvicorn api:app`. The city is a simulated one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from city import HISTORY, Array, Ints, Morning, Reports, city, morning
from service import STREETS, Service, estimate, gated, routes, service

from casemate.guards.asgi import Guarding
from casemate.guards.asgi.document import Unreadable, read
from casemate.guards.asgi.exchange import Gone, Receive, Scope, Send, TooLarge, body_of, say

MORNING = 4 * 3600.0  # seconds that a quota and a report last
LARGEST = 100_000  # bytes of a request
MOST = 200_000  # reports of a morning, so that no crowd of accounts fills the memory
SLACK = 1.0  # how much wider than on honest mornings minutes may be, as a share of their range
LESSONS = 12  # of the earlier mornings teach what is usual, the others teach the gate what is strange


class Routing:
    """One morning of the service. `before` (streets,): minutes that the fleet's own vehicles measured, else NaN."""

    def __init__(self, s: Service, clock: Callable[[], float] = time.monotonic) -> None:
        self.s, self.clock, self.began = s, clock, clock()
        self.said: dict[tuple[str, int], float] = {}
        self.before: Array = np.full(len(s.usual), np.nan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection of the server."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            try:
                status, said = await self._answered(scope, receive)
            except Gone:
                return
            await say(send, status, said)

    async def _answered(self, scope: Scope, receive: Receive) -> tuple[int, Mapping[str, object]]:
        answers = {"/reports": self.note, "/drives": self.drive, "/route": self.route}
        answer = answers.get(scope["path"])
        if answer is None or scope["method"] != "POST":
            return (404, {"error": "nothing is here"}) if answer is None else (405, {"error": "this route takes POST"})
        try:
            asked = read(await body_of(receive, LARGEST))
            self._renew()
            return 200, answer(asked if isinstance(asked, dict) else {}, _account(scope))
        except TooLarge:
            return 413, {"error": f"the body is longer than {LARGEST} bytes"}
        except (Unreadable, ValueError) as e:
            return 400, {"error": str(e)}

    def note(self, asked: Mapping[str, Any], who: str) -> dict[str, object]:
        """The first report of an account for a street counts, as it does in the votes."""
        noted = []
        for street, minutes in _rows(asked.get("reports"), len(self.s.usual)):
            noted.append(float((who, street) not in self.said and len(self.said) < MOST))
            if noted[-1]:
                self.said[who, street] = minutes
        return {"noted": noted}

    def drive(self, asked: Mapping[str, Any], who: str) -> dict[str, object]:
        """What a vehicle of our own measured replaces what one measured before."""
        rows = _rows(asked.get("drives"), len(self.s.usual))
        for street, minutes in rows:
            self.before[street] = minutes
        return {"noted": len(rows)}

    def route(self, asked: Mapping[str, Any], who: str) -> dict[str, object]:
        """The streets of the shortest way, in their order, and the minutes it takes."""
        start, end = (_whole(asked.get(k), k, self.s.city.crossings) for k in ("from", "to"))
        minutes = estimate(self.s, self._reports(), self.before)
        taken = np.flatnonzero(routes(self.s, minutes, np.array([[start, end]]))[0])
        way = self._ordered(start, end, taken)
        return {"streets": way, "minutes": round(float(minutes[way].sum()), 1)}

    def _ordered(self, start: int, end: int, taken: Ints) -> list[int]:
        """Street after street; of two ways that are equally long the one whose streets come first."""
        next_, way, at = {int(self.s.city.tail[i]): int(i) for i in taken[::-1]}, [], start
        while at != end:
            way.append(next_[at])
            at = int(self.s.city.head[way[-1]])
        return way

    def _reports(self) -> Reports:
        names = {who: i for i, who in enumerate(dict.fromkeys(who for who, _ in self.said))}
        street, account = [s for _, s in self.said], [names[who] for who, _ in self.said]
        return Reports(
            np.array(street, dtype=int), np.array([*self.said.values()], float), np.array(account, dtype=int)
        )

    def _renew(self) -> None:
        """Yesterday's jams are no news."""
        if self.clock() - self.began >= MORNING:
            self.began = self.clock()
            self.said.clear()
            self.before[:] = np.nan


def _account(scope: Scope) -> str:
    return next((bytes(v).decode("latin-1") for k, v in scope["headers"] if k.lower() == b"x-account"), "")


def _rows(value: object, streets: int) -> list[tuple[int, float]]:
    """Streets and minutes of a request. Raises ValueError for anything else."""
    rows = value if isinstance(value, list) else []
    if not rows or any(not isinstance(r, list) or len(r) != 2 for r in rows):
        raise ValueError("give a list of [street, minutes]")
    if any(isinstance(m, bool) or not isinstance(m, int | float) or not 0 < m < 1440 for _, m in rows):
        raise ValueError("minutes are above 0 and below 1440")
    return [(_whole(street, "street", streets), float(m)) for street, m in rows]


def _whole(value: object, name: str, below: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < below:
        raise ValueError(f"{name} is a whole number from 0 to {below - 1}")
    return value


async def _lifespan(receive: Receive, send: Send) -> None:
    for done in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{done}.complete"})


def behind_guards(s: Service, history: Sequence[Morning], clock: Callable[[], float] = time.monotonic) -> Guarding:
    """The application for a service, its reports behind guards that learned from honest mornings."""
    reports = [np.column_stack([m.reports.street, m.reports.minutes]) for m in history]
    streets = np.column_stack([np.arange(len(s.usual)), s.usual])
    guards = [f"quota:quota={STREETS}", f"input-range:slack={SLACK}"]
    return Guarding(Routing(s, clock), guards, path="/reports", rows="reports", scores="noted", refuse="row",
                    clean=np.concatenate([*reports, streets]), client_header="x-account", window=MORNING,
                    clock=clock, most_bytes=LARGEST)  # fmt: skip


@cache
def built() -> Guarding:
    """The service with all three countermeasures, in a simulated city."""
    rng = np.random.default_rng(0)
    c = city(10, rng)
    history = [morning(c, 250, 300, rng) for _ in range(HISTORY)]
    bare = service(c, history[:LESSONS])
    return behind_guards(replace(gated(bare, history[LESSONS:], 0), votes=True, own=True), history)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """What an ASGI server runs."""
    await (await asyncio.to_thread(built))(scope, receive, send)
