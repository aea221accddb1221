"""How long the values of a GGUF file are: those of its metadata, and the blocks that its tensors are made of."""

from __future__ import annotations

from dataclasses import dataclass

WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes, of each plain type
# Elements and bytes of a block, for each type of tensor in ggml.
BLOCKS = (
    {0: (1, 4), 1: (1, 2), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 30: (1, 2)}
    | {2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40), 20: (32, 18), 39: (32, 17)}
    | {10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292)}
    | {16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 21: (256, 110), 22: (256, 82), 23: (256, 136)}
    | {29: (256, 56), 34: (256, 54), 35: (256, 66), 40: (64, 36), 41: (128, 18)}
)


class Odd(Exception):
    """What the format does not allow: the id of the finding and what it says."""

    def __init__(self, id: str, message: str) -> None:
        super().__init__(message)
        self.id = id


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where a tensor lies, from the beginning of the tensors; size None: its type is not known."""

    name: str
    begin: int
    size: int | None
    said: int
