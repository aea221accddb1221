"""Running Graphviz where it can neither hang nor kill us: in a child process, DOT in, JSON out.

An engine is a command that reads graphs in DOT from its standard input and writes Graphviz's JSON of each one, one
after the other, to its standard output. What it wrote before it failed counts.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

Engine: TypeAlias = tuple[str, ...]

_NEXT = "\n// next\n"  # a comment for `dot`, which reads several graphs by itself

# Graphviz 14 ends with SIGABRT on some nested graphs: no core file then
_CHILD = f"""
import contextlib, sys
with contextlib.suppress(ImportError, OSError, ValueError):
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import pygraphviz
for dot in sys.stdin.buffer.read().decode("utf-8").split({_NEXT!r}):
    sys.stdout.buffer.write(pygraphviz.AGraph(string=dot).draw(format="json0", prog="dot"))
    sys.stdout.buffer.flush()
"""


def engines() -> tuple[Engine, ...]:
    """The engines of this machine, best first: the one in pygraphviz's wheel, then `dot` on the PATH."""
    found: list[Engine] = []
    if sys.executable and importlib.util.find_spec("pygraphviz"):
        # -P: a file called pygraphviz.py or json.py in the folder that is assessed must not run
        found.append((sys.executable, "-P", "-c", _CHILD))
    dot = shutil.which("dot")
    if dot and Path(dot).is_absolute():
        found.append((dot, "-Tjson0"))
    return tuple(found)


def run(engine: Engine, graphs: Sequence[str], seconds: float) -> dict[str, dict[str, Any]]:
    """What the engine makes of the graphs, by their names, without those on which it failed, crashed or took longer."""
    with tempfile.TemporaryDirectory() as empty:
        try:
            said = subprocess.run(  # noqa: S603 the command is one of engines(), its input is numbers alone
                engine, input=_NEXT.join(graphs).encode(), capture_output=True, timeout=seconds, cwd=empty, check=False
            ).stdout
        except subprocess.TimeoutExpired as late:
            said = late.stdout or b""
        except OSError:
            return {}
    return {str(a.get("name")): a for a in _answers(said.decode("utf-8", "replace"))}


def _answers(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text, until something else comes."""
    decoder = json.JSONDecoder()
    text = text.strip()
    while text:
        try:
            answer, end = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            return
        if isinstance(answer, dict):
            yield answer
        text = text[end:].lstrip()
