"""`include:` puts the parts of a system file together into one tree, so that whoever reads it sees one file.

A part holds zones, actors, components, flows, access and harms; the rest belongs to the system file, which people read
first. Parts include no parts: the list in the system file is all there is, and no circle can come about.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable

from casemate.core.errors import CasemateError, Problems, Where, did_you_mean
from casemate.core.yamltree import Map, Seq
from casemate.define.read import MOST_ERRORS, listed
from casemate.define.sources import Sources
from casemate.define.values import SCALARS
from casemate.define.vocabulary import vocabulary

TABLES = ("zones", "actors", "components", "harms")
LISTS = ("flows", "access")
Place = Callable[[int], Where]
Piece = tuple[Map | Seq, int, int]


def parts(tree: Map, sources: Sources, place: Place) -> tuple[list[Map], list[CasemateError]]:
    """The parts that a system file includes, and what is wrong with those that cannot be read."""
    found: list[Map] = []
    errors: list[CasemateError] = []
    for name, mark in listed(tree["include"], tree.value_at("include")) if tree.get("include") else ():
        if not isinstance(name, str) or not SCALARS["text"][0](name):
            continue  # the reader of fields says what is wrong with it
        try:
            found.append(sources.part(name, place(mark)))
        except Problems as e:
            errors += e.errors
        except CasemateError as e:
            errors.append(e)
    return found, errors


def joined(tree: Map, found: Iterable[Map], place: Place) -> tuple[Map, list[CasemateError]]:
    """One tree of the system file and its parts, and the errors of joining them. What comes second is left out."""
    errors: list[CasemateError] = []
    sections = _sections(found, place, errors)
    own = {key: tree[key] for key in sections if key in tree}
    # where the system file has another form there, the reader of fields says what is wrong with it
    good = {key for key in sections if own.get(key) is None or isinstance(own[key], _form(key))}
    out = _without(tree, good)
    for key in sorted(good):
        more = sections[key]
        if own.get(key) is not None:
            more = [(own[key], tree.key_at(key), tree.value_at(key)), *more]
        pieces = [value for value, _, _ in more]
        out[key] = _table(pieces, place, errors) if key in TABLES else _list(pieces)
        out[key].at = more[0][2]
        out.marks.extend(more[0][1:])
    return out, errors


def _form(key: str) -> type[Map] | type[Seq]:
    return Map if key in TABLES else Seq


def _sections(found: Iterable[Map], place: Place, errors: list[CasemateError]) -> dict[str, list[Piece]]:
    """What the parts say, by section, with the places of key and value. What does not belong there is an error."""
    out: dict[str, list[Piece]] = {}
    for part in found:
        for key, value in part.items():
            if key in (*TABLES, *LISTS) and isinstance(value, _form(key)):
                out.setdefault(key, []).append((value, part.key_at(key), part.value_at(key)))
            elif len(errors) < MOST_ERRORS and key not in (*TABLES, *LISTS):
                errors.append(_foreign(key, place(part.key_at(key))))
            elif len(errors) < MOST_ERRORS and value is not None:
                form = "a mapping with one entry for each" if key in TABLES else "a list, one entry a line with `- `"
                errors.append(CasemateError(place(part.value_at(key)), f"{key} has another form", f"write {form}"))
    return out


def _foreign(key: str, at: Where) -> CasemateError:
    if key == "include":
        return CasemateError(at, "a part includes no parts", "name them all in the system file")
    known = key in vocabulary().file
    todo = "it belongs into the system file" if known else did_you_mean(key, (*TABLES, *LISTS))
    return CasemateError(at, f"a part has no field {key[:60]!r}", todo)


def _without(tree: Map, keys: set[str]) -> Map:
    """The mapping without some of its keys: those that are put together anew."""
    out = Map()
    out.at, out.marks = tree.at, array("q")
    for i, (key, value) in enumerate(tree.items()):
        if key not in keys:
            out[key] = value
            out.marks.extend(tree.marks[2 * i : 2 * i + 2])
    return out


def _table(pieces: Iterable[Map | Seq], place: Place, errors: list[CasemateError]) -> Map:
    out = Map()
    out.marks = array("q")
    first: dict[str, int] = {}
    for piece in pieces:
        assert isinstance(piece, Map)  # noqa: S101  sorted out by `joined`
        for i, (key, value) in enumerate(piece.items()):
            at = piece.marks[2 * i]
            if key not in first:
                first[key] = at
                out[key] = value
                out.marks.extend((at, piece.marks[2 * i + 1]))
            elif len(errors) < MOST_ERRORS:
                what = f"{key[:60]!r} is given twice, here and at {place(first[key])}"
                errors.append(CasemateError(place(at), what, "keep one of the two"))
    return out


def _list(pieces: Iterable[Map | Seq]) -> Seq:
    out = Seq()
    out.marks = array("q")
    for piece in pieces:
        out.extend(piece)
        out.marks.extend(piece.marks)
    return out
