"""Pipelines in Python that run on a schedule: DAGs of Airflow, flows of Prefect, Metaflow and ZenML, jobs of Dagster.

What one starts is a file that it names in a command, or whose function it is given. It counts as what builds, as it
does where its image stands in a compose file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from casemate.discover import images
from casemate.discover.modules import file_of
from casemate.discover.python import Module, argument, keyword
from casemate.discover.repository import Repository
from casemate.discover.schedules import often
from casemate.discover.sighting import At, Found

MAKES = ("airflow.DAG", "airflow.sdk.DAG", "airflow.models.DAG", "airflow.models.dag.DAG")
MARKS = frozenset(("airflow.decorators.dag", "airflow.sdk.dag", "prefect.flow", "zenml.pipeline", "dagster.job",
                   "dagster.asset", "kfp.dsl.pipeline"))  # fmt: skip
BASES = frozenset(("metaflow.FlowSpec",))


def read(m: Module, repo: Repository) -> Iterator[Found]:
    """The pipeline of a file, what it starts and how often."""
    made = min(_made(m), default=None)
    if made is None:
        return
    line, name = made
    here = At(m.path, line)
    yield from here.is_a(m.path, "ci", f"a pipeline, {name}", m.stem)
    yield here.has(m.path, "path", m.path, "its code")
    word = next((w for w in _often(m) if w), "")
    for path, at in _started(m, repo):
        yield At(m.path, at).flow(m.path, path, "code and settings", "a task of it")
        if word:
            yield here.has(path, "retrains by", word, f"{name} starts it")


def _made(m: Module) -> Iterator[tuple[int, str]]:
    """(line, call) of what makes a pipeline."""
    yield from ((c.lineno, name) for name, c in m.calls if name in MAKES)
    for n in m.nodes:
        if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            marks = [m.dotted(d.func if isinstance(d, ast.Call) else d) for d in n.decorator_list]
            bases = [m.dotted(b) for b in n.bases] if isinstance(n, ast.ClassDef) else []
            yield from ((n.lineno, x) for x in [*marks, *bases] if x in MARKS | BASES)


def _often(m: Module) -> Iterator[str]:
    for name, call in m.calls:
        if name in MAKES or name in MARKS or name.endswith(".serve"):
            yield often(m.text(keyword(call, "schedule", "schedule_interval", "cron")) or "")


def _started(m: Module, repo: Repository) -> Iterator[tuple[str, int]]:
    """(file, line) of what tasks run. A function that a flow calls counts, where another file of ours holds it."""
    found: dict[str, int] = {}
    for name, call in m.calls:
        given = keyword(call, "python_callable")
        command = m.text(keyword(call, "bash_command", "command")) or ""
        dotted = m.dotted(given) if given is not None else name
        words = [command] if command else [m.text(argument(call, 0)) or ""] if name.startswith("subprocess.") else []
        for path in [*images.started(repo, "", words), file_of(repo, m.folder, dotted.rpartition(".")[0])]:
            if path and path != m.path:
                found.setdefault(path, call.lineno)
    yield from sorted(found.items())[:50]
