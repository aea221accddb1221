"""From a system, and its assessment if there is one, to the text of another tool's format and a loss report. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from casemate.core import shelf
from casemate.core.errors import CasemateError, did_you_mean
from casemate.define.system import System
from casemate.interchange.loss import Loss, Losses
from casemate.validate.assessment import Assessment

SHELF = "interchange/writers"


@dataclass(frozen=True, slots=True)
class Given:
    """What an export is made of. digests: sha256 of components' files, by id; today: only when somebody gave it."""

    system: System
    assessment: Assessment | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    today: date | None = None


def give(given: Given, format_: str) -> tuple[str, Loss]:
    """The text in one format, and what could not be said in it."""
    if format_ not in shelf.names(SHELF):
        raise CasemateError(
            "--format", f"there is no format {format_[:60]!r}", did_you_mean(format_, shelf.names(SHELF))
        )
    losses = Losses()
    text: str = shelf.member(SHELF, format_).write(given, losses)
    return text, losses.report(format_)
