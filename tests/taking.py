"""Taking a document over, as the tests ask for it."""

import json
from pathlib import Path

from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.interchange.loss import as_text
from casemate.interchange.take import take

EXAMPLES = {p.stem: p for p in sorted((Path(__file__).parent / "interchange" / "examples").iterdir())}


def text_of(doc):
    """A document as bytes, whatever it holds."""
    return doc if isinstance(doc, bytes) else json.dumps(doc).encode()


def taken(doc, name="m.json"):
    """(system, loss) of a document."""
    text, loss = take(text_of(doc), name)
    return from_text(text, "taken.yaml", {}), loss


def told(doc):
    """The loss report as people read it."""
    return as_text(take(text_of(doc), "m.json")[1])


def refusal(doc, name="m.json"):
    """What is said when nothing can be taken over."""
    try:
        take(text_of(doc), name)
    except CasemateError as e:
        return str(e)
    raise AssertionError("it was taken over")


def reasons(loss, kind):
    """[(what, why, count)] of one kind."""
    return [(line.what, line.why, line.count) for line in loss.lines if line.kind == kind]
