"""The vocabulary as typed data. Every property, word and question stands in `vocabulary.yaml`, none in code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from casemate.core import yamltree

SOURCE = Path(__file__).with_name("vocabulary.yaml")


@dataclass(frozen=True, slots=True)
class Field:
    """One property: its type, the words it may take, and who can answer when nobody said."""

    name: str
    type: str
    means: str = ""
    words: tuple[str, ...] = ()
    words_from: str = ""
    to: tuple[str, ...] = ()
    of: str = ""
    required: bool = False
    asks: str = ""
    question: str = ""
    measured_by: tuple[str, ...] = ()
    only_measured: bool = False
    event: bool = False
    """It says what happened, not how the system is: where nobody looked, nothing is known to have happened."""
    short: str = ""
    keys: str = ""
    value: str = ""
    fields: Mapping[str, Field] = field(default_factory=dict)
    also: Mapping[str, Field] = field(default_factory=dict)

    @property
    def ordered(self) -> bool:
        """Whether its words stand in an order, so that `below` and `at least` make sense."""
        return self.words_from in ("trust", "grade")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of component is, what it does and how much an input can still say on its way out."""

    name: str
    means: str
    does: str
    passes: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All that may be said of a system."""

    words: Mapping[str, Mapping[str, str]]
    kinds: Mapping[str, Kind]
    file: Mapping[str, Field]
    component: Mapping[str, Field]
    control: Mapping[str, Field]
    policy: Mapping[str, Field]
    feature: Mapping[str, Field]
    about: Mapping[str, Mapping[str, Field]]
    """What rules may ask of a component, flow, system, reach, party or taint."""


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that came with this version. Read once."""
    doc = yamltree.parse(SOURCE.read_text("utf-8"), SOURCE.name)
    assert isinstance(doc, dict)  # noqa: S101  our own file, held by a test
    words = {name: dict(meanings) for name, meanings in doc["words"].items()}
    kinds = {k: Kind(k, v["means"], v["does"], v["passes"]) for k, v in doc["kinds"].items()}
    words["kinds"] = {k: v.means for k, v in kinds.items()}
    words["ends"] = {**words["kinds"], "actor": "somebody outside the components"}
    words["places"] = {**words["kinds"], "system": "the organisation around the system"}
    component = _fields(doc["component"], words, {})
    blocks = {"component": component, "control": _fields(doc["control"], words, {})}
    about = {name: _fields(block, words, blocks) for name, block in doc["derived"].items()}
    about["component"] = {**component, **about["component"]}
    flow = _fields(doc["file"], words, blocks)["flows"].fields
    about["flow"] = {**{k: f for k, f in flow.items() if k not in ("from", "to")}, **about["flow"]}
    policy, feature = (_fields(doc[name], words, blocks) for name in ("policy", "feature"))
    file = _fields(doc["file"], words, blocks)
    return Vocabulary(words, kinds, file, component, blocks["control"], policy, feature, about)


@cache
def relations() -> tuple[str, ...]:
    """Properties that name other components: what something runs, calls, learned from, watches."""
    return tuple(
        name for name, f in vocabulary().component.items() if f.type in ("ref", "refs") and "components" in f.to
    )


def _fields(block: Mapping[str, Any], words: Mapping[str, Any], blocks: Mapping[str, Any]) -> dict[str, Field]:
    return {name: _field(name, spec, words, blocks) for name, spec in block.items()}


def _field(name: str, spec: Mapping[str, Any], words: Mapping[str, Any], blocks: Mapping[str, Any]) -> Field:
    listed: Any = spec.get("words") or ()
    inner = spec.get("fields") or {}
    return Field(
        name=name,
        type=spec["type"],
        means=spec.get("means", ""),
        words=tuple(words.get(listed, ())) if isinstance(listed, str) else tuple(listed),
        words_from=listed if isinstance(listed, str) else "",
        to=tuple(spec.get("to") or ()),
        of=spec.get("of", ""),
        required=spec.get("required") == "yes",
        asks=spec.get("asks", ""),
        question=spec.get("question", ""),
        measured_by=tuple(spec.get("measured by") or ()),
        only_measured=spec.get("only") == "measured",
        event=spec.get("event") == "yes",
        short=spec.get("short", ""),
        keys=spec.get("keys", ""),
        value=spec.get("value", ""),
        fields=blocks[inner] if isinstance(inner, str) else _fields(inner, words, blocks),
        also=_fields(spec.get("also") or {}, words, blocks),
    )
