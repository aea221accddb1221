"""Takes predictions without making the model wait, and writes them each second from a thread of its own.

The queue is bounded. When it is full, new rows are dropped and counted, or, with `when_full="wait"`, the caller waits
up to a second for each. Rows that a full disk or a broken folder took are counted too; the next line that can be
written says how many were lost. A crash of the process loses what came in the last second, and at most the queue.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from casemate.guards.log import rows
from casemate.guards.log.folder import Folder
from casemate.guards.log.pseudonym import Pseudonym

EVERY = 1.0  # seconds between writes
PATIENCE = 1.0  # seconds that a caller waits for room
BATCH = 4096  # rows that go to the disk in one piece


class Writer:
    """The log of one model in one process; safe to use from many threads, and after a fork.

    folder: where the files go. model, version, digest: of what answers; digest is the sha256 of the artefact.
    queue: rows that may wait. most_bytes, most_seconds: of a file. clock: seconds since 1970.
    """

    def __init__(
        self,
        folder: Path | str,
        pseudonym: Pseudonym,
        model: str,
        version: str | None = None,
        digest: str | None = None,
        *,
        queue: int = 50_000,
        when_full: Literal["drop", "wait"] = "drop",
        most_bytes: int = 256_000_000,
        most_seconds: float = 3600.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.pseudonym, self.queue, self.when_full, self.clock = pseudonym, int(queue), when_full, clock
        said = (("model", model), ("model_version", version), ("artifact_digest", digest))
        self.common = {key: value for key, value in said if value is not None}
        self._folder = Folder(Path(folder), most_bytes, most_seconds)
        self._start()
        atexit.register(self.close)

    def _start(self) -> None:
        self._process = os.getpid()
        self._waiting: deque[tuple[float, rows.Prediction]] = deque()
        self._room = threading.Condition()
        self._disk = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.written, self.lost, self._untold = 0, 0, 0
        self.trouble: str | None = None
        self._wake = threading.Event()

    def client(self, who: str | None) -> str | None:
        """The pseudonym of a client; None for none."""
        return self.pseudonym(who) if who else None

    def write(self, made: Sequence[rows.Prediction]) -> None:
        """Queue predictions. Raises nothing."""
        if self._process != os.getpid():
            self._folder = Folder(self._folder.folder, self._folder.most_bytes, self._folder.most_seconds)
            self._start()
        now = self.clock()
        with self._room:
            for one in made:
                if self._closed or not self._has_room():
                    self._drop(1)
                else:
                    self._waiting.append((now, one))
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)
                self._thread.start()

    def failed(self, why: str, many: int) -> None:
        """Predictions that could not even be queued, and why."""
        with self._room:
            self._drop(many)
            self.trouble = why

    def _has_room(self) -> bool:
        if len(self._waiting) >= self.queue and self.when_full == "wait":
            self._wake.set()
            self._room.wait_for(lambda: len(self._waiting) < self.queue or self._closed, PATIENCE)
        return len(self._waiting) < self.queue

    def _drop(self, many: int) -> None:
        self.lost += many
        self._untold += many

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(EVERY)
            self._wake.clear()
            self.flush()

    def flush(self) -> None:
        """Write what waits, now. Raises nothing; `trouble` says what is wrong with the disk, None if nothing is."""
        with self._disk:
            while self._piece():
                pass
            try:
                self._folder.keep()
            except OSError as e:
                self.trouble = e.strerror or str(e)

    def _piece(self) -> bool:
        """Write one piece; whether more waits."""
        with self._room:
            some = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            untold, self._untold = self._untold, 0
            self._room.notify_all()
        lines = [encoded for at, one in some if (encoded := self._encoded(at, one)) is not None]
        bad = len(some) - len(lines)
        if bad:
            self.lost += bad
            untold += bad
        if untold:
            lines.append(rows.note(untold, self.clock()))
        if lines:
            self._append(b"".join(lines), len(some) - bad, untold)
        return bool(self._waiting)

    def _append(self, data: bytes, good: int, untold: int) -> None:
        try:
            self._folder.append(data, self.clock())
        except OSError as e:
            self.trouble = e.strerror or str(e)
            with self._room:
                self.lost += good
                self._untold += good + untold
            return
        self.trouble = None
        self.written += good

    def _encoded(self, at: float, one: rows.Prediction) -> bytes | None:
        try:
            return rows.line(one, self.common, at)
        except Exception:  # whatever a stranger's value does, the rest of the log goes on
            return None

    def close(self) -> None:
        """Write what waits and end. What comes later is lost and counted."""
        with self._room:
            self._closed = True
            self._room.notify_all()
        self._wake.set()
        if self._process == os.getpid():
            self.flush()
            self._folder.close()
        atexit.unregister(self.close)
