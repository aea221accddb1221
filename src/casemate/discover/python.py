"""Python files as syntax trees, read and never imported or run. Names are resolved to what was imported under them.

dotted(node)    `pd.read_csv` -> "pandas.read_csv", as the file's imports say
texts(node)     which texts an expression may be: constants, names of constants, joined paths, argparse defaults.
                What is not known is `*`; a parameter of a function is `\\0i\\0`, which a call of it fills in.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from posixpath import normpath

from casemate.discover.sighting import Unread

PASSED = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)
SILENT = frozenset((ast.Name, ast.Constant, ast.Attribute, ast.Expr, ast.arg, ast.arguments, ast.keyword, ast.alias))
MOST_TEXTS = 16  # that one expression may be
DEEPEST = 40  # expressions in each other, also behind names
MOST_STEPS = 400  # of working out one expression: names behind names, each with several values


@dataclass(slots=True)
class _Way:
    """The parameters around an expression, and how many steps working it out has taken."""

    inside: Mapping[str, int]
    steps: int = 0
    depth: int = 0


@dataclass(frozen=True)
class Module:
    """One parsed file."""

    path: str
    tree: ast.Module = field(repr=False)

    @property
    def folder(self) -> str:
        """The folder that it lies in."""
        return self.path.rpartition("/")[0]

    @property
    def stem(self) -> str:
        """The name of the file without its ending."""
        return self.path.rpartition("/")[2].rpartition(".")[0]

    @cached_property
    def walked(self) -> tuple[tuple[ast.AST, ast.AST | None], ...]:
        """(node, the innermost function around it) of all statements and expressions, outer ones first."""
        out: list[tuple[ast.AST, ast.AST | None]] = [(self.tree, None)]
        for node, owner in out:  # grows while it is walked; names and constants have nothing inside
            kind = type(node)
            if kind is ast.Name or kind is ast.Constant:
                continue
            inner = node if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef else owner
            for field_ in node._fields:
                value = getattr(node, field_, None)
                if isinstance(value, list):
                    out += [(v, inner) for v in value if isinstance(v, ast.AST)]
                elif isinstance(value, ast.AST) and not isinstance(value, PASSED):
                    out.append((value, inner))
        return tuple(out)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes that say something, outer ones first."""
        return tuple(node for node, _ in self.walked if type(node) not in SILENT)

    @cached_property
    def calls(self) -> tuple[tuple[str, ast.Call], ...]:
        """(dotted name, call), by line. A method of something unknown is `.name`."""
        found = [(self.dotted(n.func), n) for n in self.nodes if isinstance(n, ast.Call)]
        return tuple(sorted(found, key=lambda c: (c[1].lineno, c[1].col_offset)))

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        """All functions, by line."""
        found = (n for n in self.nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
        return tuple(sorted(found, key=lambda f: f.lineno))

    @cached_property
    def by_name(self) -> Mapping[str, ast.FunctionDef | ast.AsyncFunctionDef]:
        """The first function of each name."""
        return {f.name: f for f in reversed(self.functions)}

    @cached_property
    def owners(self) -> Mapping[int, ast.AST]:
        """The innermost function around each call, by the call's `id()`; calls outside of all are not in it."""
        return {id(node): owner for node, owner in self.walked if type(node) is ast.Call and owner is not None}

    @cached_property
    def imported(self) -> tuple[ast.Import | ast.ImportFrom, ...]:
        """The imports, wherever they stand."""
        return tuple(n for n in self.nodes if isinstance(n, ast.Import | ast.ImportFrom))

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """What a name in this file stands for, as a dotted name."""
        out: dict[str, str] = {}
        for n in self.imported:
            for a in n.names:
                if isinstance(n, ast.ImportFrom):
                    out[a.asname or a.name] = f"{'.' * n.level}{n.module or ''}.{a.name}"
                else:
                    out[a.asname or a.name.partition(".")[0]] = a.name if a.asname else a.name.partition(".")[0]
        return out

    @cached_property
    def packages(self) -> frozenset[str]:
        """The first parts of what it imports from elsewhere, and the first two where there are two."""
        out: set[str] = set()
        for n in self.imported:
            names = [a.name for a in n.names] if isinstance(n, ast.Import) else [] if n.level else [n.module or ""]
            out.update(".".join(name.split(".")[:parts]) for name in names for parts in (1, 2))
        return frozenset(out)

    @cached_property
    def assigned(self) -> Mapping[str, tuple[ast.expr, ...]]:
        """What is assigned to a name or to `self.name` anywhere in the file."""
        out: dict[str, list[ast.expr]] = {}
        for target, value in (pair for n in self.nodes for pair in _given(n)):
            if name := self.dotted(target):
                out.setdefault(name, []).append(value)
        return {k: tuple(v[:MOST_TEXTS]) for k, v in out.items()}

    @cached_property
    def looped(self) -> Mapping[tuple[int, str], tuple[ast.expr, ...]]:
        """What loops over something written out give to a name, by the function around them (its `id()`, else 0)."""
        out: dict[tuple[int, str], list[ast.expr]] = {}
        for n, owner in self.walked:
            if isinstance(n, ast.For | ast.comprehension) and isinstance(n.iter, ast.Tuple | ast.List):
                for target, value in (pair for e in n.iter.elts[:MOST_TEXTS] for pair in _pairs(n.target, e)):
                    out.setdefault((id(owner) if owner else 0, self.dotted(target)), []).append(value)
        return {k: tuple(v[:MOST_TEXTS]) for k, v in out.items()}

    @cached_property
    def written_in(self) -> Mapping[int, int]:
        """The function around each f-string, both by `id()`."""
        return {id(n): id(owner) for n, owner in self.walked if type(n) is ast.JoinedStr and owner is not None}

    @cached_property
    def options(self) -> Mapping[str, tuple[ast.expr, ...]]:
        """Defaults of argparse's and click's options, by their names."""
        out: dict[str, list[ast.expr]] = {}
        for name, call in self.calls:
            if name.endswith((".add_argument", "click.option", "click.argument")) and call.args:
                given = keyword(call, "default")
                flags = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                for flag in flags:
                    if given is not None:
                        out.setdefault(flag.lstrip("-").replace("-", "_"), []).append(given)
        return {k: tuple(v) for k, v in out.items()}

    def dotted(self, node: ast.expr) -> str:
        """A name as the imports resolve it; `.method` where it hangs on something else; empty when it is no name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            first = self.imports.get(node.id, node.id)
            return ".".join([first, *reversed(parts)])
        return "." + ".".join(reversed(parts)) if parts else ""

    def texts(self, node: ast.expr | None, inside: Mapping[str, int] | None = None) -> tuple[str, ...]:
        """Which texts an expression may be. inside: the parameters of the function around it, with their numbers."""
        return tuple(dict.fromkeys(self._texts(node, _Way(inside or {}))))[:MOST_TEXTS]

    def text(self, node: ast.expr | None) -> str | None:
        """The one text that an expression is; None when that is not known."""
        found = self.texts(node)
        return found[0] if len(found) == 1 and "*" not in found[0] and "\0" not in found[0] else None

    def _texts(self, node: ast.expr | None, way: _Way) -> list[str]:
        way.steps += 1
        if node is None or way.steps > MOST_STEPS or way.depth > DEEPEST:
            return ["*"]
        way.depth += 1
        found = self._worked_out(node, way)
        way.depth -= 1
        return found

    def _worked_out(self, node: ast.expr, way: _Way) -> list[str]:
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else ["*"]
        if isinstance(node, ast.Name | ast.Attribute):
            return self._named(node, way)
        if isinstance(node, ast.JoinedStr):
            out = [""]
            for v in node.values:
                out = _joined(
                    out, "", self._texts(v, way) if isinstance(v, ast.Constant) else self._put_in(node, v, way)
                )
            return out
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Add):
            sign = "/" if isinstance(node.op, ast.Div) else ""
            return _joined(self._texts(node.left, way), sign, self._texts(node.right, way))
        if isinstance(node, ast.Call):
            return self._called(node, way)
        if isinstance(node, ast.IfExp):
            return [*self._texts(node.body, way), *self._texts(node.orelse, way)]
        if isinstance(node, ast.BoolOp):
            return [t for v in node.values for t in self._texts(v, way)]
        return ["*"]

    def _put_in(self, around: ast.JoinedStr, node: ast.expr, way: _Way) -> list[str]:
        """A part of an f-string: a name that a loop of the same function gives its texts, or that is given one text."""
        if not isinstance(node, ast.FormattedValue) or node.conversion != -1 or node.format_spec is not None:
            return ["*"]
        inner = node.value
        if isinstance(inner, ast.Name) and inner.id not in way.inside:
            looped = self.looped.get((self.written_in.get(id(around), 0), inner.id))
            values = looped or self.assigned.get(inner.id, ())
            return [t for v in values for t in self._texts(v, way)] if looped or len(values) == 1 else ["*"]
        return self._texts(inner, way) if isinstance(inner, ast.Name | ast.Attribute) else ["*"]

    def _named(self, node: ast.Name | ast.Attribute, way: _Way) -> list[str]:
        name = self.dotted(node)
        if isinstance(node, ast.Name) and node.id in way.inside:
            return [f"\0{way.inside[node.id]}\0"]
        if name == "__file__":
            return [self.path]
        if isinstance(node, ast.Attribute) and node.attr in ("parent", "parents"):
            return [normpath(f"{t}/..") if "*" not in t else "*" for t in self._texts(node.value, way)]
        values = self.assigned.get(name, ())
        if not values and isinstance(node, ast.Attribute):
            values = self.options.get(node.attr, ())
        out = [t for v in values for t in self._texts(v, way)]
        return out[:MOST_TEXTS] or ["*"]

    def _called(self, node: ast.Call, way: _Way) -> list[str]:
        name = self.dotted(node.func)
        last = name.rpartition(".")[2]
        if last in ("Path", "PurePath", "join", "str", "abspath", "fspath", "open") and node.args:
            out = self._texts(node.args[0], way)
            for more in node.args[1:] if last in ("Path", "PurePath", "join") else ():
                out = _joined(out, "/", self._texts(more, way))
            return out
        if name in ("os.path.dirname", "dirname") and node.args:
            return [normpath(f"{t}/..") if "*" not in t else "*" for t in self._texts(node.args[0], way)]
        if name in ("os.getenv", "os.environ.get") and len(node.args) == 2:
            return self._texts(node.args[1], way)
        if isinstance(node.func, ast.Attribute) and last in ("resolve", "absolute", "expanduser", "as_posix", "open"):
            return self._texts(node.func.value, way)
        if isinstance(node.func, ast.Attribute) and last in ("joinpath",):
            out = self._texts(node.func.value, way)
            for more in node.args:
                out = _joined(out, "/", self._texts(more, way))
            return out
        return ["*"]


def _given(n: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """(target, value) of what a statement assigns, by `=` or by `with ... as`."""
    if isinstance(n, ast.Assign):
        return [pair for t in n.targets for pair in _pairs(t, n.value)]
    if isinstance(n, ast.AnnAssign) and n.value is not None:
        return [(n.target, n.value)]
    if isinstance(n, ast.With | ast.AsyncWith):
        return [(i.optional_vars, i.context_expr) for i in n.items if isinstance(i.optional_vars, ast.Name)]
    return []


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Names with their values, where as many values are written out as there are names."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


def _joined(left: list[str], sign: str, right: list[str]) -> list[str]:
    made = [b if sign and b.startswith("/") else f"{a}{sign}{b}" for a in left for b in right[:MOST_TEXTS]]
    return [m for m in made[:MOST_TEXTS] if len(m) < 5_000] or ["*"]


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """The value of the first of these keyword arguments that a call gives."""
    return next((k.value for name in names for k in call.keywords if k.arg == name), None)


def argument(call: ast.Call, at: int, *names: str) -> ast.expr | None:
    """A positional argument, or the keyword of one of these names."""
    if at < len(call.args) and not any(isinstance(a, ast.Starred) for a in call.args[: at + 1]):
        return call.args[at]
    return keyword(call, *names)


def parse(path: str, text: str) -> Module | Unread:
    """A file's tree, or where it stops being Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Module(path, ast.parse(text))
    except SyntaxError as e:
        return Unread(path, "is not Python that we read" + (f", line {e.lineno}" if e.lineno else ""))
    except (ValueError, RecursionError, MemoryError):
        return Unread(path, "is not Python that we read")
