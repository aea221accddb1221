"""Chat templates (Jinja) as text: whether one reaches for Python's insides. None is ever rendered.

Only what stands in {{ }} or {% %} can do anything, so prose about `__class__` is nothing, and neither are comments and
raw blocks. In code, each token is looked at. Attributes and keys of the form __x__ lead from any value to every
module that is loaded (CVE-2024-34359): unsafe. What no chat template needs and what such a chain can be built with
(the filter attr, names that begin with one underscore, other templates, names of functions that run things) is
suspicious. A template that Jinja itself would not read is inconclusive.

A key that is put together as the template runs is suspicious wherever its text comes from (template_keys.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from casemate.evidence.scan.report import Severity
from casemate.evidence.scan.template_keys import Lexeme, by_attr, formats, is_value, looks_up, made

MAX_TEMPLATE = 1_000_000  # characters; the longest that we know has 20,000
Add = Callable[[str, Severity, str], None]

_OPEN = re.compile(r"\{\{|\{%|\{#")
_CODE = re.compile(r"\{[{%]")
_ENDS = {"{{": "}}", "{%": "%}"}
_END_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_TOKEN = re.compile(
    r"\s+|(?P<text>'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\")|(?P<name>[^\W\d]\w*)|(?P<number>0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][-+]?\d+)?)"
    r"|(?P<sign>//|\*\*|[=!<>]=|[-+/*%~\[\](){}<>=.:|,;])",
    re.DOTALL,
)
_CLOSES = {")": "(", "]": "[", "}": "{"}
_ESCAPE = re.compile(
    r"\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|N\{([^}]{1,99})\}|\n|(.))", re.DOTALL
)
_FIELD = re.compile(r"\{[^{}\s]*__")
_INSIDES = re.compile(
    r"__(?:bases?|builtins|call|class|closure|code|context|defaults|delattr|dict|enter|exit|file|func|get|getattr"
    r"|getattribute|getitem|globals|import|init|init_subclass|kwdefaults|loader|mro|module|new|path|qualname|reduce"
    r"|reduce_ex|self|set|setattr|setstate|slots|spec|subclasses|subclasshook|traceback|wrapped)__"
)
_STATEMENTS = frozenset(("import", "from", "include", "extends"))
_CALLED = frozenset(("eval", "exec", "getattr", "open", "compile", "popen", "system"))
_MODULES = frozenset(("os", "subprocess", "builtins", "importlib"))
_BY_PATH = frozenset(("groupby", "rejectattr", "selectattr"))
"""Filters whose first argument is a path of attributes, as the argument `attribute` of others is."""
_MAKES_TEXT = frozenset(("format", "join", "replace", "reverse", "urlencode"))
_PATHS = frozenset(("mro", "func_globals", "gi_frame", "gi_code", "cr_frame", "f_globals", "tb_frame", "f_builtins"))


class _Odd(Exception):
    """What Jinja would not read."""


def judge(text: str, add: Add) -> None:
    """Note what a template reaches for. Linear in its length; `add` takes id, severity and message."""
    if len(text) > MAX_TEMPLATE:
        add("template-length", "inconclusive", f"has a chat template of {len(text):,} characters, which was not read")
        return
    at = 0
    pieces: list[tuple[bool, list[Lexeme]]] = []
    try:
        while found := _OPEN.search(text, at):
            at = _comment(text, found.end()) if found[0] == "{#" else _code(text, found, pieces)
    except _Odd as e:
        add("template", "inconclusive", f"has a chat template that {e}")
    for statement, tokens in pieces:
        _tokens(tokens, statement, add)
    _lookups(pieces, add)


def _lookups(pieces: list[tuple[bool, list[Lexeme]]], add: Add) -> None:
    """What is looked up by texts that are put together somewhere in the template."""
    names = made([tokens for statement, tokens in pieces if statement and tokens], [tokens for _, tokens in pieces])
    for _, tokens in pieces:
        if looks_up(tokens, names):
            add("template-key", "suspicious", "has a chat template with a key that is put together as it runs")
        if by_attr(tokens):
            add("template-attr", "suspicious", "has a chat template that reaches for attributes by the filter attr")
        if formats(tokens, names):
            add("template-format", "suspicious", "has a chat template that formats by a text that it puts together")


def code(text: str) -> str:
    """What stands in brackets of a long text, one after the other; an open end goes to the end of the text."""
    parts, at = [], 0
    while found := _CODE.search(text, at):
        end = text.find(_ENDS[found[0]], found.end())
        at = len(text) if end < 0 else end + 2
        parts.append(text[found.start() : at])
    return "".join(parts)


def _comment(text: str, at: int) -> int:
    end = text.find("#}", at)
    if end < 0:
        raise _Odd("has a comment without an end")
    return end + 2


def _code(text: str, opening: re.Match[str], pieces: list[tuple[bool, list[Lexeme]]]) -> int:
    """One {{ }} or {% %}, which is kept; gives where the text goes on."""
    at, end = opening.end(), _ENDS[opening[0]]
    at += text[at : at + 1] in ("-", "+")
    tokens: list[Lexeme] = []
    pieces.append((end == "%}", tokens))
    nested: list[str] = []
    while True:
        close = next((c for c in (end, "-" + end, "+" + end) if not nested and text.startswith(c, at)), None)
        if close:
            break
        found = _TOKEN.match(text, at)
        if found is None:
            raise _Odd("cannot be read")
        at = found.end()
        if found.lastgroup:
            tokens.append((found.lastgroup, found[0]))
            _nest(found[0], nested)
    at += len(close)
    if tokens == [("name", "raw")] and end == "%}":
        closing = _END_RAW.search(text, at)
        if closing is None:
            raise _Odd("has a raw block without an end")
        at = closing.end()
    return at


def _nest(word: str, nested: list[str]) -> None:
    if word in _CLOSES.values():
        nested.append(word)
    elif word in _CLOSES and (not nested or nested.pop() != _CLOSES[word]):
        raise _Odd("has brackets that do not match")


def _tokens(tokens: list[Lexeme], statement: bool, add: Add) -> None:
    """Look at the tokens of one piece of code."""
    if statement and tokens and tokens[0][1] in _STATEMENTS:
        add("template-loads", "suspicious", f"has a chat template that takes in others ({tokens[0][1]})")
    brackets: list[bool] = []  # for each that is open, whether it is a key in [...]
    keys = 0  # how many of those are
    for i, (kind, word) in enumerate(tokens):
        before = tokens[i - 1] if i else ("", "")
        if word in _CLOSES.values() and kind == "sign":
            brackets.append(word == "[" and is_value(*before))
            keys += brackets[-1]
        elif word in _CLOSES and kind == "sign":
            keys -= brackets.pop() if brackets else 0
        elif kind == "text":
            _string(word, add)
        elif kind == "name":
            _name(word, before[1], tokens[i + 1][1] if i + 1 < len(tokens) else "", add)
        if _follows(tokens, i):
            add("template-key", "suspicious", "has a chat template that follows a path of attributes that it is given")
        if keys and (word == "~" or (before[1] == "|" and word in _MAKES_TEXT)):
            add("template-key", "suspicious", "has a chat template with a key that is put together as it runs")


def _follows(tokens: list[Lexeme], i: int) -> bool:
    """Whether a path of attributes begins behind a token, and is no text that stands there whole."""
    word, sign = tokens[i][1], tokens[i + 1][1] if i + 1 < len(tokens) else ""
    if not (word == "attribute" and sign == "=") and not (word in _BY_PATH and sign == "("):
        return False
    path, end = (*tokens[i + 2 : i + 4], ("", ""), ("", ""))[:2]
    return path[0] not in ("text", "number") or end[1] not in (",", ")")


def _string(word: str, add: Add) -> None:
    """A text in code: as a key it may be what a name would be. With white space in it, it is prose."""
    text = _ESCAPE.sub(_character, word[1:-1])
    if _FIELD.search(text):
        add("template-format", "suspicious", "has a chat template with a text that formats by hidden names")
    if any(_INSIDES.fullmatch(part) for part in text.split(".")):
        add("template-dunder", "unsafe", f"has a chat template that names {text[:60]!a}")
    elif text == "__" or (text.strip("_").isidentifier() and text.startswith("__") != text.endswith("__")):
        add("template-part", "suspicious", f"has a chat template with a part of a hidden name, {text[:60]!a}")


def _character(escape: re.Match[str]) -> str:
    """What an escape stands for."""
    two, four, eight, octal, name, other = escape.groups()
    number = int(two or four or eight or "0", 16) or int(octal or "0", 8)
    if name:
        try:
            return unicodedata.lookup(name)
        except KeyError:
            return ""
    return other or (chr(number) if 0 < number < 0x110000 else "")


def _name(word: str, before: str, behind: str, add: Add) -> None:
    """A name in code, between two tokens."""
    if word.startswith("__") or word.endswith("__"):
        add("template-dunder", "unsafe", f"has a chat template that reaches for {word[:60]}")
    elif word in _PATHS or (word.startswith("_") and len(word) > 1 and before == "."):
        add("template-private", "suspicious", f"has a chat template that reaches for {word[:60]}")
    elif before == "|" and word == "attr":
        add("template-attr", "suspicious", "has a chat template that reaches for attributes by the filter attr")
    elif (word in _CALLED and behind == "(") or (word in _MODULES and before != "."):
        add("template-runs", "suspicious", f"has a chat template that uses the name {word}")
