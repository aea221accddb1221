"""What an import means: denied is unsafe, allowed is nothing, anything else is suspicious.

allowed.txt holds exact pairs of module and dotted name, never a prefix, with the uses that libraries make of each, and
is written by scripts/allow_list.py: `new` (called without arguments, or made empty), `call` (called with some), `fill`
(items are set in what it made). A name without a use is only named.
denied.txt only raises the severity and says why; what it names cannot be allowed. There a `*` stands for all of a
module and of the modules below it, and a name covers the dotted names that begin with it.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeAlias

from casemate.evidence.scan.report import Finding, Import

HERE = Path(__file__).parent
Allow: TypeAlias = "Collection[tuple[str, str]]"
PLAIN = frozenset(("builtins", "__builtin__", "collections", "copyreg", "copy_reg", "_codecs", "datetime", "decimal",
                   "numpy", "pandas", "torch", "torch._utils", "torch.storage", "uuid"))  # fmt: skip
PLAIN_BELOW = ("numpy.", "pandas.", "scipy.sparse.")


@cache
def uses() -> dict[tuple[str, str], frozenset[str]]:
    """The pairs that well-known libraries themselves write, and what they use each for."""
    rows = [row.partition(" ") for row in _rows("allowed.txt")]
    pairs = [(module, *rest.partition(" ")) for module, _, rest in rows]
    kinds = {how: frozenset(how.split()) for how in {how for *_, how in pairs}}
    return {(module, name): kinds[how] for module, name, _, how in pairs}


@cache
def _text() -> str:
    return (HERE / "allowed.txt").read_text(encoding="utf-8")


@lru_cache(1024)
def used(module: str, name: str) -> frozenset[str] | None:
    """What libraries use a pair for; None when it is not on the list. Found without reading all rows."""
    row = f"\n{module} {name}"
    if row.count(" ") != 1 or row.count("\n") != 1:
        return None  # such a name may be two rows
    text, at = _text(), -1
    while (at := text.find(row, at + 1)) >= 0:
        end = at + len(row)
        if text[end] in " \n":
            return frozenset(text[end : text.index("\n", end)].split())
    return None


@cache
def operators(library: str) -> frozenset[str]:
    """The names of the operators that `onnx` or `tensorflow` itself has; what others have a library must bring."""
    return frozenset(row.partition(" ")[2] for row in _rows("operators.txt") if row.startswith(f"{library} "))


@cache
def allowed() -> frozenset[tuple[str, str]]:
    """The pairs alone."""
    return frozenset(uses())


@cache
def denied() -> dict[tuple[str, str], str]:
    """Why, for each pair of module and name; the name may be `*`."""
    rows = (row.split(" ", 2) for row in _rows("denied.txt"))
    return {(module, name): why for module, name, why in rows}


def _rows(name: str) -> list[str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@lru_cache(1024)
def denial(module: str | None, name: str | None) -> str | None:
    """What a denied import can do; None when it is not on the list."""
    if module is None:
        return None
    known = denied()
    parts = module.split(".")
    whole = (known.get((".".join(parts[:n]), "*")) for n in range(1, len(parts) + 1))
    exact = known.get((module, name.split(".")[0])) if name is not None else None
    return exact or next(filter(None, whole), None)


def is_known(module: str | None, name: str | None) -> bool:
    """Whether one of the two lists has it."""
    listed = module is not None and name is not None and used(module, name) is not None
    return listed or denial(module, name) is not None


def makes_data(module: str | None) -> bool:
    """Whether what allowed.txt has of a module makes data, as far as we know, and no chain of calls."""
    return module is not None and (module in PLAIN or module.startswith(PLAIN_BELOW))


def judge(found: Import, also: Allow) -> Finding | None:
    """The finding that an import is; None when it is allowed."""
    if why := denial(found.module, found.name):
        return Finding("denied-import", "unsafe", f"imports {found}, which {why}", found.offset)
    if found.module is None or found.name is None:
        message = f"imports {found}, of which a part cannot be told without loading"
        return Finding("unresolved-import", "suspicious", message, found.offset)
    if used(found.module, found.name) is not None or (found.module, found.name) in also:
        return None
    return Finding("unknown-import", "suspicious", f"imports {found}, which is not on the allow-list", found.offset)
