"""Models that are fitted and asked in one process: no file holds them, so that only the code shows that they are there.

Such a model, and the engine that holds it, count only where a program that answers requests holds or imports the file
(flows.py): in a notebook or a trial the same lines make nothing that anybody can ask.
"""

from __future__ import annotations

from collections.abc import Iterator

from casemate.discover import fitting, paths, touches
from casemate.discover.python import Module
from casemate.discover.repository import Repository
from casemate.discover.routes import answered
from casemate.discover.sighting import IN_MEMORY, At, Found

MODELS = (touches.MODEL_IN, touches.MODEL_OUT)


def read(m: Module, repo: Repository) -> Iterator[Found]:
    """The model of a file that fits one, or has a class that learns, and neither loads nor writes any."""
    found = touches.touches(m)
    if any(t.role in MODELS for t in found):
        return
    shown = [(c.lineno, f"{name.lstrip('.')[:60]} fits it, and nothing writes it") for name, c in fitting.models(m)]
    shown += [
        (c.lineno, f"class {c.name[:60]} learns and is asked, and nothing writes it") for c in fitting.learners(m)
    ]
    if shown:
        yield from _held(m, *min(shown))
        yield from _rows(m, repo, found)


def _held(m: Module, line: int, why: str) -> Iterator[Found]:
    model, engine, here = f"{m.path}#model", f"{m.path}#engine", At(m.path, line)
    stem = m.stem if m.stem not in ("main", "app", "__init__", "server", "api") else "api"
    yield from here.is_a(model, "model", why, f"{stem}-model")
    yield from here.is_a(engine, "inference", "holds the model that it fits", f"{stem}-engine")
    for key in (model, engine):
        yield here.has(key, "path", m.path, "its code")
        yield here.has(key, IN_MEMORY, m.path, why)
    yield here.has(model, "origin", "own", "it is fitted here")
    yield here.has(model, "format", "other", "no file holds it")
    yield here.has(engine, "runs", model, why)
    yield from fitting.online(m, model)
    if answered(m):
        yield here.flow(m.path, engine, "input", "the model is held in the same file")
        yield here.flow(engine, m.path, "answer", "the model is held in the same file")
    else:
        yield here.has(model, "trained by", m.path, why)
        yield here.flow(m.path, model, "model", why)


def _rows(m: Module, repo: Repository, found: tuple[touches.Touch, ...]) -> Iterator[Found]:
    """What it is fitted on."""
    for t in found:
        for one in paths.meant(repo, m.folder, [t.text]) if t.role == touches.DATA_IN else ():
            yield At(m.path, t.line).has(f"{m.path}#model", "trained on", one.path, f"read by {t.call}")
