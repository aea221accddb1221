"""The files that a record of a signature or a statement rests on: when one is another or gone, it no longer speaks.

A signature lies beside what it is of, so the digest of the thing does not cover it. A record that says `rests on` is
void as soon as one of these files differs (evidence/store.py), also where there was none and now there is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath

from casemate.core import files
from casemate.core.digest import of_text
from casemate.core.errors import CasemateError
from casemate.evidence import subject

MAX_TEXT = 64_000_000  # bytes, as of a bundle; a longer one counts as none, then and later


def rests_on(root: Path, names: Iterable[str | None]) -> dict[str, str | None]:
    """The digest of each text by its name below the root; None where no text is.

    What lies outside is left out: a key may lie where the next machine has none, and that tells nothing of the model.
    """
    known = sorted({n for n in names if n})
    return {
        n: text_digest(root / n) for n in known if not PurePath(n).is_absolute() and subject.lies_in(root / n, root)
    }


def text_digest(path: Path) -> str | None:
    """Of a text without mark and carriage returns, as an audit takes it; None when it cannot be read."""
    try:
        return of_text(files.read(path, MAX_TEXT).decode("utf-8-sig").replace("\r\n", "\n"))
    except (CasemateError, ValueError):  # UnicodeDecodeError is one, and so is a NUL in a name
        return None
