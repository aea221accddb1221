"""The feature file: what each column of a model's input may hold, and what of it somebody may change.

Income: {kind: integer, range: [6, 959], missing: yes, direction: up}
Home: {kind: categorical, words: [owner, rent, other]}
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from casemate.core.errors import CasemateError, Problems
from casemate.core.space import Feature, Space
from casemate.core.yamltree import Map, parse, read_text
from casemate.define.read import Reader
from casemate.define.values import SCALARS
from casemate.define.vocabulary import vocabulary

MOST = 10_000  # columns


def read_features(path: Path) -> Space:
    """The space that a feature file describes, columns in the file's order. All errors of the file at once."""
    return features_of(read_text(path), str(path))


def features_of(text: str, path: str) -> Space:
    """The space that a text describes."""
    tree = parse(text, path)
    if not isinstance(tree, Map) or not tree:
        raise CasemateError(path, "names no feature", "write `<column>: {kind: real, range: [0, 1]}`")
    if len(tree) > MOST:
        raise CasemateError(path, f"has {len(tree):,} features", f"name {MOST:,} at most")
    reader = Reader(path)
    found = [f for name, spec in tree.items() if (f := _feature(reader, tree, name, spec))]
    if reader.errors:
        raise Problems(reader.errors)
    return Space(tuple(found))


def _feature(reader: Reader, tree: Map, name: str, spec: Any) -> Feature | None:
    mark = tree.value_at(name)
    if not isinstance(spec, Map):
        reader.wrong(mark, f"{name} is no feature", "write `{kind: real, range: [0, 1]}`")
        return None
    before = len(reader.errors)
    said = reader.fields(vocabulary().feature, spec, name)
    wrong = partial(reader.wrong, mark)
    low, high = _range(wrong, name, said)
    if len(reader.errors) > before:
        return None
    kind, words = said["kind"], _words(said)
    return Feature(
        name,
        kind,
        low,
        high,
        words,
        step=said.get("step") or 0.0,
        missing=said.get("missing", False),
        immutable=said.get("immutable", False),
        direction=said.get("direction"),
        cost=said.get("cost", 1.0),
        group=said.get("group"),
    )


def _range(wrong: Any, name: str, said: Mapping[str, Any]) -> tuple[float, float]:
    """Lowest and highest value, of words their first and last place. Notes what does not fit together."""
    kind, words, ends = said.get("kind"), said.get("words", ()), said.get("range")
    if kind == "categorical" and (len(words) < 2 or ends):
        wrong(
            f"{name} is categorical and has {len(words)} words", "give it `words: [a, b]`, at least two, and no range"
        )
    if kind in ("real", "integer") and (words or not ends or len(ends) != 2):
        wrong(f"{name} is a number without a range", "give it `range: [lowest, highest]` and no words")
    if kind == "boolean" and words and len(words) != 2:
        wrong(f"{name} is boolean and has {len(words)} words", "give it two words, or none where it holds 0 and 1")
    for key in ("step", "cost"):
        if said.get(key) is not None and said[key] <= 0:
            wrong(f"{name} has a {key} of {said[key]:g}", "write one above 0, or leave it out")
    if said.get("direction") and kind == "categorical":
        wrong(f"{name} is categorical and has a direction", "words have no order: leave the direction out")
    if kind in ("categorical", "boolean") or not ends or len(ends) != 2:
        return 0.0, max(1.0, len(words) - 1.0)
    low, high = (SCALARS["number"][0](e) for e in ends)
    if low is None or high is None or low > high:
        wrong(f"the range of {name} is {', '.join(ends)[:60]}", "write the smaller number first: `range: [0, 48]`")
        return 0.0, 1.0
    return float(low), float(high)


def _words(said: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(said.get("words", ())) if said["kind"] in ("categorical", "boolean") else ()
