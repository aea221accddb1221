"""The routes of a Python file: of web frameworks, of servers for models, of programs without either (handlers.py)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from casemate.discover.handlers import Route as Route
from casemate.discover.handlers import handlers
from casemate.discover.python import Module, argument

METHODS = frozenset(("get", "post", "put", "patch", "delete", "route", "websocket", "api_route"))
APPS = ("fastapi.FastAPI", "fastapi.APIRouter", "flask.Flask", "flask.Blueprint", "starlette.applications.Starlette",
        "quart.Quart", "sanic.Sanic", "litestar.Litestar", "falcon.App", "aiohttp.web.Application", "bottle.Bottle",
        "ninja.NinjaAPI", "robyn.Robyn")  # fmt: skip
PACKAGES = frozenset(name.partition(".")[0] for name in APPS)
ADDS = (".add_api_route", ".add_url_rule", ".add_route", ".add_post", ".add_get", "starlette.routing.Route")
"""Calls that give an application a route."""
PAGES = frozenset(("streamlit", "gradio", "chainlit", "dash", "panel", "shiny", "nicegui", "mesop"))
"""Libraries that make pages of a program."""
MODELS = frozenset(("kserve.Model", "mlserver.MLModel", "litserve.LitAPI"))
MARKS = frozenset(("bentoml.service", "ray.serve.deployment", "modal.fastapi_endpoint"))


def answered(m: Module) -> list[Route]:
    """All routes of a file."""
    return [*_marked(m), *_added(m), *_services(m), *handlers(m)]


def _marked(m: Module) -> Iterator[Route]:
    """Functions that a decorator makes a route of."""
    apps = {name for name, values in m.assigned.items() for v in values
            if isinstance(v, ast.Call) and m.dotted(v.func) in APPS}  # fmt: skip
    web = bool(m.packages & PACKAGES)
    for f in m.functions:
        for d in f.decorator_list:
            name = m.dotted(d.func) if isinstance(d, ast.Call) else ""
            owner, _, method = name.rpartition(".")
            if isinstance(d, ast.Call) and method in METHODS and (owner in apps or web):
                path = m.text(argument(d, 0, "path", "rule")) or "/?"
                yield path, d.lineno, f
            elif name.endswith("rest_framework.decorators.api_view"):
                yield "/?", f.lineno, f


def _added(m: Module) -> Iterator[Route]:
    """Routes that a call gives to an application."""
    for name, call in m.calls if m.packages & PACKAGES else ():
        path = m.text(argument(call, 0, "path", "rule")) if name.endswith(ADDS) else None
        if path and path.startswith("/"):
            yield path, call.lineno, call


def _services(m: Module) -> Iterator[Route]:
    """Classes and functions that BentoML, KServe, Ray Serve and their like turn into services."""
    for n in m.nodes:
        if isinstance(n, ast.ClassDef):
            bases = {m.dotted(b) for b in n.bases}
            marks = {m.dotted(d.func if isinstance(d, ast.Call) else d) for d in n.decorator_list}
            if bases & MODELS or marks & MARKS:
                yield f"/{n.name}", n.lineno, n
        elif isinstance(n, ast.Call) and m.dotted(n.func) == "bentoml.Service":
            yield "/", n.lineno, n
