"""What one scan may cost, whatever is packed into the file: checked before anything is unpacked, not after.

All of it is counted over the whole file, so many small bombs are one large one. What exceeds is inconclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from casemate.evidence.scan.notes import Enough, Work

MAX_DEPTH = 8  # containers in each other; model.tar.gz with a checkpoint and its pickle is 4
MAX_ENTRIES = 100_000  # of all archives; the largest checkpoints that we know hold a few thousand
FREE = 64_000_000  # bytes that may always be unpacked: half a second's work, and honest zeros shrink a thousandfold
RATIO = 200  # above that, unpacked bytes for each byte of the file
MAX_UNPACKED = 1 << 34  # bytes
MAX_FOLLOWED = 2_500_000  # opcodes that are followed by values: some five seconds
MAX_FINDINGS = 1_000  # kept; more of the same kind change no verdict


@dataclass(slots=True)
class Budget:
    """What is left for one file of `size` bytes."""

    size: int
    unpacked: int = 0
    looked: int = 0
    entries: int = 0
    followed: int = 0
    work: Work = field(default_factory=Work)

    def enter(self, depth: int) -> None:
        """One container deeper. Fails with Enough."""
        if depth > MAX_DEPTH:
            raise Enough(f"has more than {MAX_DEPTH} containers in each other")

    def entry(self, count: int = 1) -> None:
        """So many entries of an archive. Fails with Enough."""
        self.entries += count
        if self.entries > MAX_ENTRIES:
            raise Enough(f"has more than {MAX_ENTRIES:,} entries")

    def room(self, size: int) -> None:
        """Whether so many bytes more may be unpacked. Fails with Enough."""
        most = min(FREE + RATIO * self.size, MAX_UNPACKED)
        if self.unpacked + size > most:
            raise Enough(f"unpacks to more than {most:,} bytes")

    def unpack(self, size: int) -> None:
        """Count bytes that were unpacked. Fails with Enough."""
        self.room(size)
        self.unpacked += size

    def look(self, size: int) -> None:
        """Count bytes of a part that lies in the file as it is: parts that overlap must not make us read for ever."""
        self.looked += size
        if self.looked > FREE + MAX_DEPTH * (self.size + self.unpacked):
            raise Enough("has parts that lie over each other many times")

    def follow(self, count: int) -> None:
        """Count opcodes that are followed one by one. Fails with Enough."""
        self.followed += count
        if self.followed > MAX_FOLLOWED:
            raise Enough(f"needs more than {MAX_FOLLOWED:,} operations to follow its values")
