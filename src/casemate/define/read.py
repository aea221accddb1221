"""The generic reader: a YAML tree and the vocabulary's fields give typed values, and all the errors there are.

It knows types, not meanings: that a flow's ends exist or that zones nest without a circle is checked in `build`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from casemate.core.errors import CasemateError, Problems, Where, did_you_mean
from casemate.core.yamltree import Map, Seq
from casemate.define.nearest import hint, meant
from casemate.define.nearest import listed as listed_words
from casemate.define.places import place
from casemate.define.short import flow_of, loss_of
from casemate.define.values import MOST_OF_ID, SCALARS
from casemate.define.vocabulary import Field, vocabulary

SHORT = {"flow": flow_of, "loss": loss_of}
MOST_ERRORS = 1000  # whoever has more has one mistake in many places, or wants us to be slow


class Reader:
    """Collects the errors of a file while its fields are read. An unreadable value is left out.

    others: the paths of further files that the tree was put together from; see `places`.
    """

    def __init__(
        self, path: str, words: Mapping[str, tuple[str, ...]] | None = None, others: Sequence[str] = ()
    ) -> None:
        self.path = path
        self.paths = (path, *others)
        self.words = words or {}
        self.errors: list[CasemateError] = []
        self._types: dict[str, Callable[[Field, Any, int], Any]] = {
            "word": self.word, "words": self.word_list, "ref": self.ref, "refs": self.refs, "texts": self.refs,
            "parties": self.parties, "mapping": self.mapping, "table": self.table, "list": self.items,
            "controls": self.controls, "egress": self.egress, "tasks": self.tasks,
        }  # fmt: skip

    def at(self, mark: int) -> Where:
        """The place that a packed position stands for."""
        return place(self.paths, mark)

    def wrong(self, mark: int, what: str, todo: str) -> None:
        """Note an error at a packed position. Raises them all when there are too many to go on."""
        self.errors.append(CasemateError(self.at(mark), what, todo))
        if len(self.errors) >= MOST_ERRORS:
            raise Problems(
                [*self.errors, CasemateError(self.path, f"has {MOST_ERRORS:,} errors and more", "mend the first ones")]
            )

    def fields(self, fields: Mapping[str, Field], tree: Map, of: str) -> dict[str, Any]:
        """Typed values of a mapping's known keys. Unknown and missing keys are errors."""
        out: dict[str, Any] = {}
        for i, (key, value) in enumerate(tree.items()):
            known = fields.get(key)
            if known is None or known.only_measured:
                self.unknown(fields, key, tree.marks[2 * i], of)
                continue
            if value is None:
                if known.required:
                    self.wrong(tree.marks[2 * i], f"{of} says nothing for {key!r}", f"give it: {known.means}")
                continue
            found = self.value(known, value, tree.marks[2 * i + 1])
            if found is not None:
                out[key] = found
        for name, known in fields.items():
            if known.required and name not in tree:
                self.wrong(tree.at, f"{of} has no {name!r}", f"give it: {known.means}")
        return out

    def unknown(self, fields: Mapping[str, Field], key: str, mark: int, of: str) -> None:
        """Note a key that is not in the vocabulary, or that only evidence may state."""
        known = fields.get(key)
        if known is not None:
            self.wrong(mark, f"{key!r} cannot be declared", f"it is measured by {' or '.join(known.measured_by)}")
        else:
            can = [name for name, f in fields.items() if not f.only_measured]
            near = meant(key, can)
            todo = f"did you mean {near!r}?" if near else did_you_mean(key, can)
            self.wrong(mark, f"{of} has no field {key[:60]!r}", todo)

    def value(self, f: Field, value: Any, mark: int) -> Any:
        """The typed value of one field; None when it is not readable (the error is noted)."""
        special = self._types.get(f.type)
        return special(f, value, mark) if special else self.scalar(f.name, f.type, value, mark)

    def scalar(self, name: str, kind: str, value: Any, mark: int) -> Any:
        """A value of a scalar type."""
        found = SCALARS[kind][0](value) if isinstance(value, str) else None
        if found is None:
            self.wrong(mark, f"{name} is {_shown(value)}", f"it takes {_due(kind, value)}")
        return found

    def word(self, f: Field, value: Any, mark: int) -> Any:
        """One word of a closed list."""
        words = f.words or self.words.get(f.words_from, ())
        if isinstance(value, str) and value in words:
            return value
        todo = hint(value, f, words) if isinstance(value, str) else f"it takes one word: {listed_words(f, words)}"
        self.wrong(mark, f"{f.name} is never {_shown(value)}", todo)
        return None

    def word_list(self, f: Field, value: Any, mark: int) -> Any:
        """Words of a closed list; a single word is a list of one."""
        found = [self.word(f, v, m) for v, m in listed(value, mark)]
        return tuple(dict.fromkeys(w for w in found if w is not None))

    def ref(self, f: Field, value: Any, mark: int) -> Any:
        """The id of something; `build` checks that it exists."""
        return self.scalar(f.name, "ref", value, mark)

    def refs(self, f: Field, value: Any, mark: int) -> Any:
        """Ids (or texts, where the field says nothing of what they name), each once."""
        kind = "ref" if f.to or f.type == "controls" else "text"
        found = [self.scalar(f.name, kind, v, m) for v, m in listed(value, mark)]
        return tuple(dict.fromkeys(r for r in found if r is not None))

    def parties(self, f: Field, value: Any, mark: int) -> Any:
        """Who has access: a list, or `{who: [...], complete: yes}`."""
        if not isinstance(value, Map):
            return {"who": self.refs(f, value, mark), "complete": False}
        inner = {
            "who": Field("who", "refs", "the actors", to=f.to, required=True),
            "complete": Field("complete", "flag", "nobody else"),
        }
        return {"complete": False, "who": (), **self.fields(inner, value, f.name)}

    def egress(self, f: Field, value: Any, mark: int) -> Any:
        """`open`, `none`, or a list of destinations (kept as `listed`)."""
        if isinstance(value, Seq):
            return "listed" if self.refs(f, value, mark) else "none"
        return self.scalar(f.name, "egress", value, mark)

    def mapping(self, f: Field, value: Any, mark: int) -> Any:
        """A mapping with fields of its own."""
        if isinstance(value, Map):
            return self.fields(f.fields, value, f.name)
        self.wrong(mark, f"{f.name} is {_shown(value)}", f"write a mapping of {', '.join(list(f.fields)[:5])}")
        return None

    def table(self, f: Field, value: Any, mark: int) -> Any:
        """A mapping from ids (or words) to entries."""
        if not isinstance(value, Map):
            self.wrong(mark, f"{f.name} is {_shown(value)}", "write a mapping with one entry for each")
            return None
        out: dict[str, Any] = {}
        for i, (key, entry) in enumerate(value.items()):
            key_at, entry_at = value.marks[2 * i], value.marks[2 * i + 1]
            if key in f.also:
                out[key] = self.value(f.also[key], entry, entry_at)
            elif f.value:
                if not self._worded(f, key, key_at):
                    continue
                out[key] = self.value(Field(f"{f.name} of {key}", f.value), entry, entry_at)
            elif SCALARS["id"][0](key) is None:
                self.wrong(key_at, f"{_shown(key)} is no id", f"it takes {_due('id', key)}")
            else:
                out[key] = self._entry(f, key, entry, entry_at)
        return {k: v for k, v in out.items() if v is not None}

    def _worded(self, f: Field, key: str, mark: int) -> bool:
        words = vocabulary().words[f.keys]
        if key not in words:
            self.wrong(mark, f"{f.name} has no {key[:60]!r}", did_you_mean(key, words))
        return key in words

    def _entry(self, f: Field, key: str, entry: Any, mark: int) -> Any:
        entry = SHORT[f.short](entry, mark) if f.short else entry
        if isinstance(entry, Map):
            return self.fields(f.fields, entry, key)
        self.wrong(mark, f"{key} is {_shown(entry)}", f"write a mapping such as {{{_example(f.fields)}}}")
        return None

    def items(self, f: Field, value: Any, mark: int) -> Any:
        """A list of mappings, short forms made long; each with its position."""
        if not isinstance(value, Seq):
            self.wrong(mark, f"{f.name} is {_shown(value)}", "write a list, one entry a line with `- `")
            return None
        out = []
        for entry, at in zip(value, value.marks, strict=True):
            try:
                made = SHORT[f.short](entry, at) if f.short else entry
            except ValueError as e:
                self.wrong(at, *e.args)
                continue
            if isinstance(made, Map):
                out.append((self.fields(f.fields, made, f"an entry of {f.name}"), at))
            else:
                self.wrong(at, f"an entry of {f.name} is {_shown(made)}", f"write {{{_example(f.fields)}}}")
        return out

    def controls(self, f: Field, value: Any, mark: int) -> Any:
        """`[a, b]` or `{a: {since, by}, b: }`: a claim for each control id."""
        if not isinstance(value, Map):
            return {name: {} for name in self.refs(f, value, mark)}
        claim = vocabulary().control
        out = {}
        for i, (name, entry) in enumerate(value.items()):
            if self.scalar(f.name, "ref", name, value.marks[2 * i]) is None:
                continue
            if entry is None or isinstance(entry, Map):
                out[name] = self.fields(claim, entry, name) if entry else {}
            else:
                self.wrong(value.marks[2 * i + 1], f"{name} is {_shown(entry)}", f"write {{{_example(claim)}}}")
        return out

    def tasks(self, f: Field, value: Any, mark: int) -> Any:
        """`- scan: scorer` or `- scan: {model: scorer}`; what a kind takes is known to its own folder."""
        if not isinstance(value, Seq):
            self.wrong(mark, f"{f.name} is {_shown(value)}", "write a list such as `- scan: scorer`")
            return None
        out = []
        for entry, at in zip(value, value.marks, strict=True):
            if isinstance(entry, Map) and len(entry) == 1:
                ((kind, what),) = entry.items()
                out.append((kind, what, at))
            else:
                self.wrong(at, f"an entry of {f.name} is {_shown(entry)}", "write `- <command>: <element or mapping>`")
        return out


def listed(value: Any, mark: int) -> list[tuple[Any, int]]:
    """A scalar is a list of one."""
    return list(zip(value, value.marks, strict=True)) if isinstance(value, Seq) else [(value, mark)]


def _due(kind: str, value: Any) -> str:
    """What a scalar type takes; of an id that is too long, that this is the reason."""
    due = SCALARS[kind][1]
    if kind in ("id", "ref") and isinstance(value, str) and len(value) > MOST_OF_ID:
        return f"{due}: {MOST_OF_ID} of them at most, and these are {len(value):,}"
    return due


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:37] + "...")
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else "empty"


def _example(fields: Mapping[str, Field]) -> str:
    first = [f.name for f in fields.values() if f.required] or list(fields)[:2]
    return ", ".join(f"{name}: ..." for name in first)
