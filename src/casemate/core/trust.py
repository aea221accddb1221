"""How far a zone or an actor is trusted. One order for all: public < account < partner < staff < restricted."""

from __future__ import annotations

from enum import IntEnum


class Trust(IntEnum):
    """`account` is anyone who signed up; `partner` is under contract; `restricted` is the few who administer."""

    PUBLIC = 0
    ACCOUNT = 1
    PARTNER = 2
    STAFF = 3
    RESTRICTED = 4

    def __str__(self) -> str:
        return self.name.lower()


WORDS: dict[str, Trust] = {str(t): t for t in Trust}
