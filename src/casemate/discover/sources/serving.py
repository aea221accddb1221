"""Code that answers requests, with a framework or without, and which models it loads.

A file with routes is an endpoint; routes.py and handlers.py know which those are. What loads a model is an engine,
`path#engine`, also without routes (a batch job), unless it trains and answers nothing. Whether callers are asked who
they are is taken from dependencies and decorators: only when every route has one is `auth` drafted. A route without
one may still lie behind a gateway, so `none` is never drafted; the draft asks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from casemate.discover import fitting, hubs, paths, touches
from casemate.discover.python import Module, keyword
from casemate.discover.repository import Repository
from casemate.discover.routes import APPS, METHODS, PAGES, Route, answered
from casemate.discover.sighting import At, Found, Sighting

SCHEMES = (
    (re.compile(r"OAuth2|HTTPBearer|[Jj]wt|JWT|[Tt]oken|bearer"), "token"),
    (re.compile(r"APIKey|api_?key"), "key"),
    (re.compile(r"HTTPBasic|HTTPDigest|basic_auth"), "password"),
    (re.compile(r"login_required|current_user|get_user|require_user|requires_auth|authenticat|verify_user"), "account"),
)
HEALTH = re.compile(r"/(?:health\w*|ready\w*|live\w*|ping|metrics|docs|openapi.json|version|favicon.ico|static)/?")
LIMITS = re.compile(r"(?:limiter|limit|ratelimit|rate_limit|RateLimiter)\b")
SUFFIXES = ("pkl", "pickle", "joblib", "pt", "pth", "onnx", "h5", "keras", "safetensors", "ubj", "bin", "model", "sav")
FORMATS = {"pickle.load": "pickle", "cloudpickle.load": "pickle", "dill.load": "pickle", "joblib.load": "joblib",
           "torch.load": "torch", "torch.jit.load": "torchscript"}  # fmt: skip
"""What a call reads, as the vocabulary calls it."""
FORMS = ("pydantic.BaseModel", "sqlmodel.SQLModel", "msgspec.Struct")
CLOSED = frozenset(
    ("int", "float", "bool", "date", "datetime", "time", "Decimal", "UUID", "conint", "confloat", "Literal", "Optional",
     "list", "List", "tuple", "Tuple", "Annotated", "Field", "PositiveInt", "PositiveFloat", "NonNegativeInt",
     "NonNegativeFloat")
)  # fmt: skip
"""Names in the type of a field that holds no free text."""


def read(m: Module, repo: Repository) -> Iterator[Found]:
    """The routes of a file, and the engine in it."""
    routes = answered(m)
    if routes:
        yield from _endpoint(m, routes)
    loads = [t for t in touches.touches(m) if t.role == touches.MODEL_IN] if routes or not _trains(m) else []
    fetched = hubs.fetched(m) if routes or not _trains(m) else []
    if loads or fetched:
        yield from _engine(m, repo, loads, fetched, bool(routes))


def _trains(m: Module) -> bool:
    return any(name.endswith(fitting.TRAINS) for name, _ in m.calls)


def _endpoint(m: Module, routes: list[Route]) -> Iterator[Found]:
    here = At(m.path, routes[0][1])
    shown = ", ".join(dict.fromkeys(p for p, _, _ in routes))
    why = f"answers {shown if len(shown) < 80 else shown[:77] + '...'}"
    yield from here.is_a(m.path, "endpoint", why, _called(m))
    yield here.has(m.path, "path", m.path, "its code")
    yield from _auth(m, routes)
    yield from _checks(m, routes)
    limited = [_limited(m, f) for path, _, f in routes if not HEALTH.fullmatch(path)]
    if limited and all(limited):
        yield here.has(m.path, "rate limit", "per-client", "every route has a limiter")


def _limited(m: Module, f: ast.AST) -> bool:
    marks = [m.dotted(d.func if isinstance(d, ast.Call) else d) for d in getattr(f, "decorator_list", ())]
    return any(LIMITS.search(mark) for mark in marks)


def _called(m: Module) -> str:
    """Its file's name; its folder's where the file is called as all are."""
    if m.stem not in ("main", "app", "__init__", "server", "api", "wsgi", "asgi", "urls", "views"):
        return m.stem
    last = m.folder.rpartition("/")[2]
    return last if last and last not in ("src", "app") else "api"


def _auth(m: Module, routes: list[Route]) -> Iterator[Found]:
    everywhere = list(_app_wide(m))
    asked: list[tuple[str, int, str]] = []
    for path, line, f in routes:
        if HEALTH.fullmatch(path):
            continue
        found = next((w for w in (_scheme(m, name) for name in [*_guards(m, f), *everywhere]) if w), "")
        asked.append((found, line, path))
    words = {w for w, _, _ in asked}
    if asked and "" not in words:
        for word, line, path in asked:
            yield At(m.path, line).has(m.path, "auth", word, f"{path} asks for it in its dependencies")


def _app_wide(m: Module) -> Iterator[str]:
    """Names of dependencies that an app gives to all its routes."""
    for name, call in m.calls:
        given = keyword(call, "dependencies") if name in APPS else None
        if given is not None:
            yield from _names(m, given)


def _guards(m: Module, f: ast.AST) -> Iterator[str]:
    """Names in decorators, dependencies and annotations of a route."""
    if not isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    for d in f.decorator_list:
        name = m.dotted(d.func if isinstance(d, ast.Call) else d)
        if name.rpartition(".")[2] not in METHODS:
            yield name
        elif isinstance(d, ast.Call) and (given := keyword(d, "dependencies")) is not None:
            yield from _names(m, given)
    given_defaults = [*f.args.defaults, *(d for d in f.args.kw_defaults if d is not None)]
    notes = [a.annotation for a in [*f.args.args, *f.args.kwonlyargs] if a.annotation is not None]
    for default in [*given_defaults, *notes]:
        yield from _names(m, default)


def _names(m: Module, node: ast.AST) -> Iterator[str]:
    """What `Depends(x)` and `Security(x)` in an expression name."""
    for n in ast.walk(node):
        if isinstance(n, ast.Call) and m.dotted(n.func).rpartition(".")[2] in ("Depends", "Security") and n.args:
            yield m.dotted(n.args[0].func if isinstance(n.args[0], ast.Call) else n.args[0])


def _scheme(m: Module, name: str, depth: int = 0) -> str:
    """How callers prove who they are, by what a dependency is made of; empty where it does not tell."""
    last = name.rpartition(".")[2]
    made = [m.dotted(v.func) for v in m.assigned.get(last, ()) if isinstance(v, ast.Call)]
    for part in made:
        for pattern, word in SCHEMES:
            if pattern.search(part):
                return word
    if depth < 4:
        for f in m.functions:
            if f.name == last:
                below = [w for n in _guards(m, f) if (w := _scheme(m, n, depth + 1))]
                if below:
                    return below[0]
    return next((word for pattern, word in SCHEMES if pattern.search(last)), "")


def _checks(m: Module, routes: list[Route]) -> Iterator[Found]:
    """Whether every route takes a form without free text. One with a text in it lets anything through."""
    forms = {n.name: n for n in m.nodes if isinstance(n, ast.ClassDef) and any(m.dotted(b) in FORMS for b in n.bases)}
    taken: list[tuple[int, ast.ClassDef]] = []
    for path, line, f in routes:
        if HEALTH.fullmatch(path) or not isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        notes = [m.dotted(a.annotation) for a in f.args.args if a.annotation is not None]
        here = [forms[n] for n in notes if n in forms]
        if not here or "str" in notes or not all(_closed(form) for form in here):
            return
        taken += [(line, form) for form in here]
    for line, form in taken:
        yield At(m.path, line).has(m.path, "checks", "schema", f"takes {form.name}, a form without free text")


def _closed(form: ast.ClassDef) -> bool:
    """Whether all fields of a form are numbers, flags, dates or words of a list."""
    fields = [n.annotation for n in form.body if isinstance(n, ast.AnnAssign)]
    words = [n for a in fields for n in ast.walk(a) if isinstance(n, ast.Name | ast.Attribute)]
    names = {n.id if isinstance(n, ast.Name) else n.attr for n in words}
    return bool(fields) and names <= CLOSED


def _engine(
    m: Module, repo: Repository, loads: Sequence[touches.Touch], fetched: list[hubs.Fetched], routes: bool
) -> Iterator[Found]:
    key = f"{m.path}#engine"
    here = At(m.path, min([t.line for t in loads] + [f.line for f in fetched]))
    stem = f"{_called(m)}-engine" if routes or m.packages & PAGES else _called(m)
    yield from here.is_a(key, "inference", "loads a model and trains none", stem)
    yield here.has(key, "path", m.path, "its code")
    for t in loads:
        for one in paths.meant(repo, m.folder, [t.text]):
            yield from _loaded(At(m.path, t.line), key, one, f"loaded by {t.call}")
            if routes:
                yield from fitting.online(m, one.path)
    if not fetched and not any(paths.meant(repo, m.folder, [t.text]) for t in loads):
        yield from _untold(m, repo, key, loads[0])
    for f in fetched:
        yield from hubs.seen(m, f, key)
        yield At(m.path, f.line).has(key, "runs", f.key, f"fetched by {f.call}")
    if routes:
        yield here.flow(m.path, key, "input", "the model is loaded in the same file")
        yield here.flow(key, m.path, "answer", "the model is loaded in the same file")


def _untold(m: Module, repo: Repository, key: str, t: touches.Touch) -> Iterator[Sighting]:
    """A model whose path only a run would tell; where a file here may be it, nothing is said."""
    if any(repo.by_suffix.get(suffix) for suffix in SUFFIXES):
        return
    at, model, why = At(m.path, t.line), f"{m.path}#loaded", f"loaded by {t.call}; its path is not written out"
    yield from at.is_a(model, "model", why, f"{_called(m)}-model")
    yield at.has(key, "runs", model, why)
    if form := FORMATS.get(t.call.rpartition(", ")[2]):
        yield at.has(model, "format", form, t.call)


def _loaded(at: At, key: str, one: paths.Meant, why: str) -> Iterator[Sighting]:
    """A model that is loaded: from here, from a registry of MLflow, or from elsewhere."""
    last = one.path.rstrip("/").rpartition("/")[2].partition(".")[0]
    if registered := re.match(r"(?:models|runs):/([\w.-]+)", one.path):
        last = registered[1]
        yield from at.is_a("registry mlflow", "model-registry", why, "model-registry")
        yield at.flow("registry mlflow", key, "model", why)
    yield from at.is_a(one.path, "model", why, last)
    if one.kind != "remote":
        missing = "" if one.kind == "file" else "; it is not in the repository"
        yield at.has(one.path, "path", one.path, f"{why}{missing}")
    yield at.has(key, "runs", one.path, why)
