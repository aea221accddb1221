"""Chat templates (Jinja) as text: whether one reaches for Python's insides. None is ever rendered.

Only what stands in {{ }} or {% %} can do anything, so prose about `__class__` is nothing, and neither are comments and
raw blocks. In code, each token is looked at. Attributes and keys of the form __x__ lead from any value to every
module that is loaded (CVE-2024-34359): unsafe. What no chat template needs and what such a chain can be built with
(the filter attr, names that begin with one underscore, other templates, names of functions that run things) is
suspicious. A template that Jinja itself would not read is inconclusive.

Left open: keys that are put together at run time from single letters; they need `[...]` with a `~` or a filter that
makes text in it, which is suspicious as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from casemate.evidence.scan.report import Severity

MAX_TEMPLATE = 1_000_000  # characters; the longest that we know has 20,000
Add = Callable[[str, Severity, str], None]

_OPEN = re.compile(r"\{\{|\{%|\{#")
_ENDS = {"{{": "}}", "{%": "%}"}
_END_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_TOKEN = re.compile(
    r"\s+|(?P<text>'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\")|(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)"
    r"|(?P<sign>//|\*\*|[=!<>]=|[-+/*%~\[\](){}<>=.:|,;])",
    re.DOTALL,
)
_CLOSES = {")": "(", "]": "[", "}": "{"}
_DUNDER = re.compile(r"(?:.*[.{\[])?__\w*(?:[.}\]!:].*)?|\w*__", re.DOTALL)  # alone, in a path or in a format's field
_STATEMENTS = frozenset(("import", "from", "include", "extends"))
_RUNS = frozenset(("eval", "exec", "getattr", "open", "compile", "popen", "system", "subprocess", "os", "builtins"))
_MAKES_TEXT = frozenset(("format", "join", "replace", "reverse", "lower", "upper", "string", "urlencode", "list"))
_PATHS = frozenset(("mro", "func_globals", "gi_frame", "gi_code", "cr_frame", "f_globals", "tb_frame", "f_builtins"))


class _Odd(Exception):
    """What Jinja would not read."""


def judge(text: str, add: Add) -> None:
    """Note what a template reaches for. Linear in its length; `add` takes id, severity and message."""
    if len(text) > MAX_TEMPLATE:
        add("template-length", "inconclusive", f"has a chat template of {len(text):,} characters, which was not read")
        return
    at = 0
    try:
        while found := _OPEN.search(text, at):
            at = _comment(text, found.end()) if found[0] == "{#" else _code(text, found, add)
    except _Odd as e:
        add("template", "inconclusive", f"has a chat template that {e}")


def _comment(text: str, at: int) -> int:
    end = text.find("#}", at)
    if end < 0:
        raise _Odd("has a comment without an end")
    return end + 2


def _code(text: str, opening: re.Match[str], add: Add) -> int:
    """One {{ }} or {% %}; gives where the text goes on."""
    at, end = opening.end(), _ENDS[opening[0]]
    at += text[at : at + 1] in ("-", "+")
    tokens: list[tuple[str, str]] = []
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
    _tokens(tokens, end == "%}", add)
    at += len(close)
    if tokens == [("name", "raw")] and end == "%}":
        closing = _END_RAW.search(text, at)
        if closing is None:
            raise _Odd("has a raw block without an end")
        at = closing.end()
    return at


def _nest(token: str, nested: list[str]) -> None:
    if token in _CLOSES.values():
        nested.append(token)
    elif token in _CLOSES and (not nested or nested.pop() != _CLOSES[token]):
        raise _Odd("has brackets that do not match")


def _tokens(tokens: list[tuple[str, str]], statement: bool, add: Add) -> None:
    """Look at the tokens of one piece of code."""
    if statement and tokens and tokens[0][1] in _STATEMENTS:
        add("template-loads", "suspicious", f"has a chat template that takes in others ({tokens[0][1]})")
    brackets: list[bool] = []  # for each that is open, whether it is a key in [...]
    for i, (kind, token) in enumerate(tokens):
        before = tokens[i - 1] if i else ("", "")
        if token in _CLOSES.values() and kind == "sign":
            brackets.append(token == "[" and (before[0] in ("name", "text") or before[1] in (")", "]", "}")))
        elif token in _CLOSES and kind == "sign":
            brackets.pop()
        elif kind == "text":
            _string(token, add)
        elif kind == "name":
            _name(token, before[1], add)
        if any(brackets) and (token == "~" or (before[1] == "|" and token in _MAKES_TEXT)):
            add("template-key", "suspicious", "has a chat template with a key that is put together as it runs")


def _string(token: str, add: Add) -> None:
    """A text in code: as a key it may be what a name would be."""
    text = _plain(token[1:-1])
    if _DUNDER.fullmatch(text) and not re.search(r"\s", text) and text.strip("_"):
        add("template-dunder", "unsafe", f"has a chat template that names {text[:60]!a}")


def _plain(text: str) -> str:
    """A text without its escapes; texts with broken ones stay as they are."""
    if "\\" not in text:
        return text
    try:
        return text.encode("ascii", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return text


def _name(token: str, before: str, add: Add) -> None:
    """A name in code; `before` is the token before it."""
    if token.startswith("__") or token.endswith("__"):
        add("template-dunder", "unsafe", f"has a chat template that reaches for {token[:60]}")
    elif token in _PATHS or (token.startswith("_") and len(token) > 1 and before == "."):
        add("template-private", "suspicious", f"has a chat template that reaches for {token[:60]}")
    elif before == "|" and token == "attr":
        add("template-attr", "suspicious", "has a chat template that reaches for attributes by the filter attr")
    elif token in _RUNS:
        add("template-runs", "suspicious", f"has a chat template that uses the name {token}")
