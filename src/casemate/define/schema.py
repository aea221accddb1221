"""The JSON Schema of a system file, made from the vocabulary: for editors, never for our own validation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from casemate.define.vocabulary import Field, vocabulary

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}
_ID = {"type": "string", "pattern": r"^[^\W_][\w.\-]{0,99}$"}
_MONEY = {"type": ["string", "number"], "examples": ["50k", "1.5M"]}
_SCALARS: dict[str, dict[str, Any]] = {
    "text": {"type": ["string", "number"]},
    "id": _ID,
    "ref": _TEXT,
    "flag": {"enum": ["yes", "no", True, False]},
    "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    "count": {"type": ["integer", "string"]},
    "percent": {"type": "string", "examples": ["5%"]},
    "period": {"type": "string", "examples": ["90 days"]},
    "money": _MONEY,
    "money-range": {**_MONEY, "examples": ["2k to 400k"]},
    "rate": {"type": "string", "examples": ["2 to 50 a year"]},
    "chance": {"type": "string", "examples": ["1 in 1000 years"]},
    "egress": {"anyOf": [{"enum": ["open", "none", "listed"]}, {"type": "array", "items": _TEXT}]},
    "refs": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]},
    "texts": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]},
    "tasks": {"type": "array", "items": {"type": "object", "minProperties": 1, "maxProperties": 1}},
}


def schema() -> dict[str, Any]:
    """The schema as plain data."""
    v = vocabulary()
    return {
        "$schema": DRAFT,
        "title": "Casemate system file",
        "$defs": {"component": _object(v.component), "control": _object(v.control)},
        **_object(v.file),
    }


def text() -> str:
    """The schema as JSON with sorted keys."""
    return json.dumps(schema(), sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def _object(fields: Mapping[str, Field]) -> dict[str, Any]:
    known = {name: _of(f) for name, f in fields.items() if not f.only_measured}
    required = sorted(name for name, f in fields.items() if f.required)
    out: dict[str, Any] = {"type": "object", "properties": known, "additionalProperties": False}
    return {**out, "required": required} if required else out


def _of(f: Field) -> dict[str, Any]:
    made = _MAKE[f.type](f) if f.type in _MAKE else dict(_SCALARS[f.type])
    return {**made, "description": f.means} if f.means else made


def _word(f: Field) -> dict[str, Any]:
    return {"enum": list(f.words)} if f.words else dict(_TEXT)


def _words(f: Field) -> dict[str, Any]:
    return {"anyOf": [_word(f), {"type": "array", "items": _word(f)}]}


def _parties(f: Field) -> dict[str, Any]:
    listed = _SCALARS["refs"]
    whole = {"who": listed, "complete": _SCALARS["flag"]}
    return {"anyOf": [listed, {"type": "object", "properties": whole, "additionalProperties": False}]}


def _controls(f: Field) -> dict[str, Any]:
    claim = {"anyOf": [{"$ref": "#/$defs/control"}, {"type": "null"}]}
    return {"anyOf": [_SCALARS["refs"], {"type": "object", "additionalProperties": claim}]}


def _entry(f: Field) -> dict[str, Any]:
    if f.name == "components":
        return {"$ref": "#/$defs/component"}
    entry = _object(f.fields)
    if f.short == "loss":
        return {"anyOf": [_SCALARS["money-range"], entry]}
    return entry


def _table(f: Field) -> dict[str, Any]:
    also = {name: _of(x) for name, x in f.also.items()}
    if f.value:
        words = vocabulary().words.get(f.keys, {})
        known = {k: {**_SCALARS[f.value], "description": meaning} for k, meaning in words.items()}
        return {"type": "object", "properties": {**known, **also}, "additionalProperties": not words}
    return {"type": "object", "propertyNames": _ID, "additionalProperties": _entry(f)}


def _list(f: Field) -> dict[str, Any]:
    if f.short == "flow":
        named = {k: _of(x) for k, x in f.fields.items() if k not in ("from", "to")}
        inner = {"anyOf": [_TEXT, {"type": "null"}, {"type": "object", "properties": named}]}
        short = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": inner}
        return {"type": "array", "items": {"anyOf": [_TEXT, _object(f.fields), short]}}
    return {"type": "array", "items": _object(f.fields)}


_MAKE: dict[str, Callable[[Field], dict[str, Any]]] = {
    "word": _word,
    "words": _words,
    "parties": _parties,
    "controls": _controls,
    "mapping": lambda f: _object(f.fields),
    "table": _table,
    "list": _list,
}
