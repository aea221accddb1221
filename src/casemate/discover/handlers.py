"""Programs that answer requests without a framework: the interfaces of Python's servers, and servers of its library.

ASGI     `async def app(scope, receive, send)`, or a class whose `__call__` takes these three
WSGI     `def app(environ, start_response)`, or a class whose `__call__` takes these two
others   a handler of `http.server`, Tornado, gRPC or Django's class views; Django's table of addresses

Middleware has the same form and answers nothing: it stands around an application that it was given. Which addresses
are answered is read from what is compared in the file, `scope["path"] == "/score"`, or stands as a key of a table.
Source: ASGI specification 3.0, "Applications"; PEP 3333, "The Application/Framework Side".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from casemate.discover.python import Module

Route = tuple[str, int, ast.AST]
"""(address, line, function or class)"""
Function = ast.FunctionDef | ast.AsyncFunctionDef

INTERFACES = frozenset((("scope", "receive", "send"), ("environ", "start_response"), ("env", "start_response")))
AROUND = frozenset(("app", "asgi_app", "wsgi_app", "application", "inner", "next_app", "get_response"))
"""How middleware calls the application that it is given."""
BASES = re.compile(
    r"(?:^|\.)(?:(?:Base|Simple)HTTPRequestHandler|tornado\.web\.RequestHandler|\w+Servicer"
    r"|(?:rest_framework|django\.views)\.[\w.]+)$"
)
ADDRESS = re.compile(r"/[\w./{}:-]{0,60}")
MOST = 20  # addresses of one file


def handlers(m: Module) -> Iterator[Route]:
    """What answers requests in a file by its form alone."""
    own = [*_functions(m), *_classes(m)]
    told = _addresses(m) if own else []
    for f in own:
        yield from ((path, line, f) for path, line in told or [("/?", f.lineno)])
    yield from _table(m)


def _functions(m: Module) -> Iterator[Function]:
    """Applications that are functions, of the file or made in another function."""
    methods = {id(f) for n in m.nodes if isinstance(n, ast.ClassDef) for f in n.body}
    for node, owner in m.walked:
        if not isinstance(node, Function) or id(node) in methods or _takes(node) not in INTERFACES:
            continue
        if not (isinstance(owner, Function) and _given(owner)):
            yield node


def _classes(m: Module) -> Iterator[ast.ClassDef]:
    """Applications that are classes, and handlers that a server makes for each request."""
    for n in m.nodes:
        if isinstance(n, ast.ClassDef):
            inner = {f.name: f for f in n.body if isinstance(f, Function)}
            called, made = inner.get("__call__"), inner.get("__init__")
            answers = called is not None and _takes(called) in INTERFACES
            around = made is not None and _given(made)
            if (answers and not around) or any(BASES.search(m.dotted(b)) for b in n.bases):
                yield n


def _takes(f: Function) -> tuple[str, ...]:
    """The names of its parameters, without `self`."""
    names = tuple(a.arg for a in [*f.args.posonlyargs, *f.args.args])
    return names[1:] if names[:1] == ("self",) else names


def _given(f: Function) -> bool:
    """Whether it is given an application to stand around."""
    return bool(AROUND & set(_takes(f)))


def _addresses(m: Module) -> list[tuple[str, int]]:
    """Texts that are compared or looked up, and look like addresses."""
    found: dict[str, int] = {}
    for n in m.nodes:
        among: list[ast.expr | None] = []
        if isinstance(n, ast.Compare):
            among = [n.left, *n.comparators]
        elif isinstance(n, ast.Dict):
            among = list(n.keys)
        elif isinstance(n, ast.MatchValue):
            among = [n.value]
        for one in among:
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and ADDRESS.fullmatch(one.value):
                found.setdefault(one.value, one.lineno)
    return sorted(found.items(), key=lambda f: (f[1], f[0]))[:MOST]


def _table(m: Module) -> Iterator[Route]:
    """Django's `urlpatterns`; what it includes from elsewhere, such as its own administration, is no route of ours."""
    for table in m.assigned.get("urlpatterns", ()):
        for call in table.elts if isinstance(table, ast.List | ast.Tuple) else ():
            if isinstance(call, ast.Call) and len(call.args) > 1 and m.dotted(call.func).startswith("django."):
                view = call.args[1].func if isinstance(call.args[1], ast.Call) else call.args[1]
                if m.dotted(view) not in ("django.urls.include", "django.contrib.admin.site.urls"):
                    yield f"/{m.text(call.args[0]) or '?'}"[:60], call.lineno, call
