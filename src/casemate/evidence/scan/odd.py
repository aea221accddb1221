"""What no ordinary writer of pickles does: ids of findings, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterable

ODD = {
    "calls-named": "uses a name in another way than libraries do, or has a call look into what it is given",
    "calls-made": "calls something that the pickle itself made, which no ordinary writer does",
    "array-memory": "sets an attribute by which numpy takes any memory for an array, or that loading calls",
    "changes-global": "changes a class or function that it imports, which no ordinary writer does",
}

BARE = frozenset(
    (
        "numpy._core.multiarray",
        "numpy.core.multiarray",
        "numpy._core.numeric",
        "numpy.core.numeric",
        "datetime",
        "_codecs",
    )
)
"""Modules of which nothing on the list makes an object that takes attributes."""
LONG = 1 << 16  # bytes; a constant above is no name of an attribute (attributes.py)


def may_be_set(imports: Iterable[tuple[str | None, str | None]]) -> bool:
    """Whether an object of these names may take attributes."""
    return not all(module in BARE or (module == "numpy" and name in ("ndarray", "dtype")) for module, name in imports)
