"""From a stranger's file to the text of a system file and a loss report. Pure, but for the shelf of readers."""

from __future__ import annotations

from typing import Any

from casemate.core import shelf
from casemate.core.errors import CasemateError, did_you_mean
from casemate.define.build import from_text
from casemate.interchange.draft import Draft
from casemate.interchange.loss import Loss, Losses
from casemate.interchange.node import Node, Unusable
from casemate.interchange.source import parse
from casemate.interchange.written import text_of

SHELF = "interchange/readers"


def take(data: bytes, path: str, format_: str | None = None) -> tuple[str, Loss]:
    """The system file, and what was lost. format_: the reader; found by content when it is not named."""
    doc = parse(data, path)
    name = format_ or recognised(doc, path)
    draft, loss = drafted(doc, name, path)
    text = text_of(draft, path.rsplit("/", 1)[-1], name)
    from_text(text, f"what was taken over from {path}", {})  # whoever gets a file from us gets one that can be read
    return text, loss


def recognised(doc: Any, path: str) -> str:
    """The reader that knows this document. Fails with CasemateError when none does."""
    for name in shelf.names(SHELF):
        if shelf.member(SHELF, name).recognise(doc):
            return name
    known = ", ".join(shelf.names(SHELF))
    raise CasemateError(path, "is no model that we know", f"there is {known}; name one with --format")


def drafted(doc: Any, name: str, path: str) -> tuple[Draft, Loss]:
    """The draft of one reader. Fails with CasemateError when nothing can be taken over."""
    if name not in shelf.names(SHELF):
        raise CasemateError("--format", f"there is no format {name[:60]!r}", did_you_mean(name, shelf.names(SHELF)))
    if not isinstance(doc, dict):
        raise CasemateError(path, f"is no {name} model", "its top level is a mapping")
    losses = Losses(path)
    try:
        draft: Draft = shelf.member(SHELF, name).read(Node(doc, "", losses))
    except Unusable as e:
        raise CasemateError(path, *e.args) from None
    return draft, losses.report(f"{name} {draft.version}".strip())
