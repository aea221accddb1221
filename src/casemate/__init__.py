"""Casemate: threat modelling for AI systems whose every claim rests on evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from casemate.evidence.results.own import record as record

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`casemate.record`, imported when it is first asked for (PEP 562): the commands do without it."""
    if name == "record":
        from casemate.evidence.results.own import record

        return record
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
