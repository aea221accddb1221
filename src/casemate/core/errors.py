"""The one kind of error that leaves a reader or a rule: where it is, what is wrong, what to do next.

CasemateError      something the author of a file can mend
  Problems         several of them, all that one file has
  Refused          hostile or oversized input that we do not read further
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in a file. Lines and columns count from 1; line 0 means the file as a whole."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class CasemateError(Exception):
    """What a person can mend. `str()` gives `path:line:column: what; what to do`."""

    def __init__(self, at: Where | str, what: str, todo: str = "") -> None:
        self.at = Where(at) if isinstance(at, str) else at
        self.what = what
        self.todo = todo
        super().__init__(f"{self.at}: {what}; {todo}" if todo else f"{self.at}: {what}")


class Refused(CasemateError):
    """Input that is too large, too deep or of a form that we do not accept from strangers."""


class Problems(CasemateError):
    """All the errors of one file, in the order of their places."""

    def __init__(self, errors: Iterable[CasemateError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda e: (e.at, e.what)))
        first = self.errors[0]
        super().__init__(first.at, first.what, first.todo)

    def __str__(self) -> str:
        return "\n".join(str(e) for e in self.errors)


def together(*jobs: Callable[[], T]) -> list[T]:
    """Do all jobs and give what they gave, in order; or raise what any of them found, all at once."""
    out: list[T] = []
    errors: list[CasemateError] = []
    for job in jobs:
        try:
            out.append(job())
        except Problems as e:
            errors += e.errors
        except CasemateError as e:
            errors.append(e)
    if errors:
        raise Problems(errors)
    return out


MANY = 500


def did_you_mean(word: str, words: Iterable[str], most: int = 8) -> str:
    """The nearest known word, or the words there are when none is near."""
    import difflib  # for those who mistyped

    known = sorted(set(words))
    word = word[:64]
    # Comparing with 10,000 ids takes a sixth of a second; a file with 1,000 such errors must not take minutes.
    like = known if len(known) <= MANY else [k for k in known if k[:1] == word[:1] and abs(len(k) - len(word)) <= 2]
    near = difflib.get_close_matches(word, like[:MANY], 1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    if not known:
        return "there is none"
    rest = f" and {len(known) - most} more" if len(known) > most else ""
    return f"there is {', '.join(known[:most])}{rest}"
