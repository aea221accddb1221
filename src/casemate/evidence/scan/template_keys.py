"""Names in a chat template whose text is put together while it runs, and what looks something up by them.

`x[k]` is an attribute where there is no such item, and some filters get attributes by name. With a `k` from letters
that the template joins, lowers, cuts or renders, no hidden name stands in its text. So each name is followed that a
statement gives such a text: by `set` (also of a block, which is rendered), `for`, `with`, macros and what they are
called with. The order of statements is left out: a name that once had such a text has it everywhere, and so has an
attribute of that name. What comes with the messages is not the template's and is not followed. Linear in time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

Lexeme: TypeAlias = "tuple[str, str]"
"""text, name, number or sign; and the word."""
Lexemes: TypeAlias = "Sequence[Lexeme]"

ROUNDS = 10  # of names that get their text from other names; templates that models ship need two
OPENS, CLOSES = frozenset("([{"), frozenset(")]}")
WORDS = frozenset(("in", "not", "and", "or", "if", "else", "elif", "is", "return", "do", "recursive"))  # before a list
COMPARES = frozenset(("==", "!=", "in", "is", "not"))
NUMBERS = frozenset(("abs", "count", "d", "default", "float", "int", "length", "round"))  # filters that make no text
TAKES = frozenset(("", "cycler", "d", "default", "dict", "format", "join", "joiner", "list", "namespace", "replace"))
BY_NAME = frozenset(("groupby", "map", "max", "min", "sort", "sum", "unique"))
ATTR = ("text", "attr")


def made(statements: Sequence[Lexemes], pieces: Sequence[Lexemes]) -> frozenset[str]:
    """The names whose text is put together; `.name` for attributes."""
    given = [pair for tokens in statements for pair in _given(tokens)]
    macros = {"caller": set[str]()} | {
        tokens[1][1]: _names(tokens[2:]) for tokens in statements if _is(tokens, "macro")
    }
    macros["caller"] |= {name for tokens in statements if _is(tokens, "call") for name in _names(tokens[1:])}
    calls = [args for tokens in pieces for args in _called(tokens, macros)]
    found = frozenset(macros)
    for _ in range(ROUNDS):
        more = {name for names, value in given if value is None or makes(value, found) for name in names}
        more |= {n for args in calls if makes(args[1:], found) for _, word in args for n in macros.get(word, ())}
        if more <= found:
            return found
        found |= more
    return found


def looks_up(tokens: Lexemes, names: frozenset[str]) -> bool:
    """Whether something is looked up by a text that is put together."""
    return any(makes(part, names) for part in _keys(tokens))


def by_attr(tokens: Lexemes) -> bool:
    """Whether the filter attr is handed to map."""
    return any((kind, word[1:-1]) == ATTR for part in _keys(tokens) for kind, word in part[:1])


def formats(tokens: Lexemes, names: frozenset[str]) -> bool:
    """Whether a text that is put together is the pattern of a `format`, which can reach attributes."""
    for i in range(2, len(tokens)):
        if tokens[i][1] in ("format", "format_map") and tokens[i - 1][1] == ".":
            word = tokens[i - 2][1]
            if word in CLOSES or word in names or (tokens[i - 3][1] == "." and f".{word}" in names):
                return True
    return False


def makes(tokens: Lexemes, names: frozenset[str]) -> bool:
    """Whether an expression puts a text together, or takes one that is."""
    source = changed = False
    for i, kind, word, is_data, is_text in _placed(tokens):
        before, behind = tokens[i - 1] if i else ("", ""), tokens[i + 1] if i + 1 < len(tokens) else ("", "")
        if word == "~" and kind == "sign":
            return True
        if kind == "name" and not is_data and behind[1] != "=" and (f".{word}" if before[1] == "." else word) in names:
            return True
        if kind == "text":
            compared = before[1] in COMPARES or behind[1] in COMPARES
            source = source or (is_text and len(word) > 2 and not compared)
        source = source or (word == "dict" and behind[1] == "(" and before[1] != ".")
        changed = changed or _changes(kind, word, before, behind)
    return source and changed


def _changes(kind: str, word: str, before: Lexeme, behind: Lexeme) -> bool:
    """Whether a token makes another text of one: an operator, a filter, a method, a place in it."""
    if kind == "name":
        return (before[1] == "|" and word not in NUMBERS) or (before[1] == "." and behind[1] == "(")
    return kind == "sign" and (word in ("+", "*", "%") or (word == "[" and before[0] == "text"))


def _placed(tokens: Lexemes) -> Iterator[tuple[int, str, str, bool, bool]]:
    """Each token with its place, whether it stands in a key and whether a text there may go into another."""
    above: list[tuple[bool, bool]] = []
    for i, (kind, word) in enumerate(tokens):
        if kind == "sign" and word in CLOSES and above:
            above.pop()
        is_data, is_text = above[-1] if above else (False, True)
        yield i, kind, word, is_data, is_text and not is_data
        if kind == "sign" and word in OPENS:
            before = tokens[i - 1] if i else ("", "")
            key = word == "[" and is_value(*before)
            called = before[1] if word == "(" and before[0] == "name" and before[1] not in WORDS else ""
            above.append((is_data or key, is_text and called in TAKES))


def is_value(kind: str, word: str) -> bool:
    """Whether a bracket behind this token takes a key, and is no list."""
    return kind == "text" or (kind == "name" and word not in WORDS) or word in (")", "]", "}")


def _keys(tokens: Lexemes) -> Iterator[Lexemes]:
    """What stands in [...] behind a value, or is handed to a filter that gets attributes by name: the outermost."""
    end = 0
    for i, (kind, word) in enumerate(tokens):
        if i < max(end, 1) or kind != "sign":
            continue
        before = tokens[i - 1]
        by_name = word == "(" and before[1] in BY_NAME and tokens[i - 2][1] == "|"
        if by_name or (word == "[" and is_value(*before)):
            end = _end(tokens, i)
            yield tokens[i + 1 : end]


def _called(tokens: Lexemes, macros: dict[str, set[str]]) -> Iterator[Lexemes]:
    """Calls of macros with their names: the outermost, with what is in them."""
    end = 0
    for i, (kind, word) in enumerate(tokens[:-1]):
        if i >= end and kind == "name" and word in macros and tokens[i + 1][1] == "(":
            end = _end(tokens, i + 1)
            yield tokens[i:end]


def _given(tokens: Lexemes) -> Iterator[tuple[set[str], Lexemes | None]]:
    """What a statement gives to which names; None is a block that is rendered."""
    head, rest = tokens[0][1], tokens[1:]
    if head == "set":
        at = _at(rest, "=")
        names, value = _names(rest[: at if at is not None else 1]), rest[at + 1 :] if at is not None else None
        if value and value[0][1] == "namespace":
            for part in _split(value[2:-1]):
                yield ({f".{part[0][1]}"} if part[1:2] == [("sign", "=")] else names), part[2:]
        else:
            yield names, value
    elif head == "for" and (at := _at(rest, "in")) is not None:
        yield _names(rest[:at]), rest[at + 1 :]
    elif head == "with":
        for part in _split(rest):
            yield _names(part[:1]), part[2:]
    elif head in ("macro", "call") and rest:
        begin = next((i for i, (_, word) in enumerate(rest) if word == "("), 0)
        for part in _split(rest[begin + 1 : _end(rest, begin)]):
            yield _names(part[:1]), part[2:]


def _names(tokens: Lexemes) -> set[str]:
    """The names that a statement sets; `.name` for what a namespace holds."""
    dots = [""] + [word for _, word in tokens]
    behind = [word for _, word in tokens[1:]] + [""]
    return {
        f".{word}" if dots[i] == "." else word
        for i, (kind, word) in enumerate(tokens)
        if kind == "name" and behind[i] != "."
    }


def _is(tokens: Lexemes, head: str) -> bool:
    return len(tokens) > 1 and tokens[0][1] == head


def _end(tokens: Lexemes, at: int) -> int:
    """Where the bracket at a place is closed."""
    depth = 0
    for i in range(at, len(tokens)):
        kind, word = tokens[i]
        depth += (word in OPENS) - (word in CLOSES) if kind == "sign" else 0
        if depth <= 0:
            return i
    return len(tokens)


def _at(tokens: Lexemes, wanted: str) -> int | None:
    """The first place of a word outside of brackets."""
    depth = 0
    for i, (kind, word) in enumerate(tokens):
        if word == wanted and not depth and kind != "text":
            return i
        depth += (word in OPENS) - (word in CLOSES) if kind == "sign" else 0
    return None


def _split(tokens: Lexemes) -> list[list[Lexeme]]:
    """What stands between commas outside of brackets."""
    parts: list[list[Lexeme]] = [[]]
    depth = 0
    for kind, word in tokens:
        depth += (word in OPENS) - (word in CLOSES) if kind == "sign" else 0
        if word == "," and kind == "sign" and not depth:
            parts.append([])
        else:
            parts[-1].append((kind, word))
    return [part for part in parts if part]
