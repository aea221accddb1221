"""Every client gets so many answers; the same row twice is answered from memory and costs nothing new."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from casemate.core.space import Array
from casemate.guards._guard import About, Guard, Mask


class Quota(Guard):
    """Refuses what a client asks beyond its quota. Bounded memory: the clients longest unseen are forgotten.

    The window is whatever the caller makes of `renew`: nothing here reads a clock.
    """

    about = About(
        control="query-quota",
        against=("evasion", "membership", "attribute", "inversion", "extraction"),
        adaptive=("accounts",),
        why="opens more accounts and splits the queries over them",
    )

    def __init__(self, quota: int = 1000, clients: int = 1_000_000) -> None:
        if quota < 1 or clients < 1:
            raise ValueError(f"quota and clients must be at least 1, not {quota} and {clients}")
        self.quota, self.clients = int(quota), int(clients)
        self.asked: OrderedDict[str, int] = OrderedDict()

    def admit(self, rows: Array, client: str) -> tuple[Array, Mask]:
        """Rows as they are; those beyond the client's quota are refused, in their order."""
        before = self.asked.pop(client, 0)
        let = max(0, min(len(rows), self.quota - before))
        self.asked[client] = before + let
        while len(self.asked) > self.clients:
            self.asked.popitem(last=False)
        return rows, np.arange(len(rows)) >= let

    def renew(self) -> None:
        """A new window begins: everybody may ask again."""
        self.asked.clear()


GUARD = Quota
