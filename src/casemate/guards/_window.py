"""How long a quota lasts: windows of one length, one after the other, by a clock that is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from casemate.core.errors import CasemateError
from casemate.guards._guard import Guard, Lock


class Window:
    """Begins anew every so many seconds. None: never.

    Who asks at the end of one window and at the start of the next gets two quotas at once.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float]) -> None:
        if seconds is not None and not 0 < seconds <= 1e9:
            raise CasemateError("window", f"must be above 0 seconds, not {seconds}", "leave it out for one without end")
        self.seconds, self.clock, self.lock = seconds, clock, Lock()
        self.began = clock()

    def renew(self, guards: Sequence[Guard]) -> None:
        """Renew every guard that counts, when the window is over."""
        if self.seconds is None:
            return
        with self.lock:
            past = self.clock() - self.began
            if past < self.seconds:
                return
            self.began += past - past % self.seconds
        for guard in guards:
            renew = getattr(guard, "renew", None)
            if renew is not None:
                renew()

    @property
    def left(self) -> int | None:
        """Whole seconds until the next window, at least 1; None where there is none."""
        if self.seconds is None:
            return None
        return max(1, math.ceil(self.began + self.seconds - self.clock()))
