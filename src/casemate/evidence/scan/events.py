"""What the readers of nested data (json_events.py, ubjson_events.py) tell of a file, one thing after the other.

Nothing is built: an event is its kind and its place. So a file of any size takes the memory of its depth.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["object", "list", "close", "key", "text", "value", "numbers"]
"""`close` ends the last object or list that is open. `value` is a number, true, false or null, or some of them in a
list; `numbers` is a list of numbers as bytes of one width."""
Event: TypeAlias = tuple[Kind, int, int]
"""The kind, and where it begins and ends; of keys and texts the place of what is in them."""
MAX_DEPTH = 64  # objects and lists in each other; a model of xgboost has eight
