"""Which model runs: the digests that a prediction log, a manifest or the labels of an image name as the model's.

    JSON, or JSON on each line    below a key that speaks of the model, however deep
    CSV                           in a column that speaks of the model
    YAML, labels, settings        behind such a key on the same line
    anything else                 the one digest that is in it; several, and nobody knows which is meant

`artifact_digest` is the column of our own log of predictions. Files may be packed with gzip, as a log is.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.sign.limits import bare

MAX_FILE = 64_000_000  # bytes of a log or a manifest, packed and unpacked
MAX_PARTS = 5_000_000  # lists, mappings and commas of one JSON; an assessment of 10,000 components has 3 million
MAX_LINE = 4_000_000  # letters of a row
MAX_HEAD = 100_000  # letters of the first row; 2,000 columns with names of 50 letters
MAX_DEPTH = 32
BEFORE = 200  # letters of a line in which the key of a digest is looked for
PIECE = 1 << 20
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_ANYWHERE = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_SPEAKS = re.compile(r"model|artifact[ _.-]?(?:digest|sha256)")
_KEY = re.compile(rf"""(?:{_SPEAKS.pattern})[\w./-]*["']?\s*[:=]\s*["']?(?:sha256:)?$""")


def is_digest(given: str) -> bool:
    """Whether this is a digest and no name of a file."""
    return _DIGEST.fullmatch(given.lower()) is not None


def running(given: str) -> tuple[str, ...]:
    """The digests that a file names as the model; or the one given.

    Fails with CasemateError when the file cannot be read or names several digests and none as the model's.
    """
    if is_digest(given):
        return (bare(given),)
    text = text_of(Path(given))
    lower = text.lower()
    try:
        named = {d for doc in documents(text) for d in _of_model(doc, False)} or {*_column(lower), *_behind_key(lower)}
    except csv.Error:  # what stands behind it may be another model
        raise CasemateError(
            given, "has a row that is none", "give the newest part of it, or the digest itself"
        ) from None
    found = named or set(_ANYWHERE.findall(lower))
    if len(found) == 1 or named:
        return tuple(sorted(found))
    if not found:
        raise CasemateError(given, "names no sha256", "give a digest, or a file with a key such as `model_digest`")
    raise CasemateError(given, f"names {len(found)} digests, and none as the model's", "give the digest itself")


def text_of(path: Path) -> str:
    """The text of a file, unpacked. Fails with CasemateError when it is too large or no text."""
    data = files.read(path, MAX_FILE + 1)
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(path, data)
    if len(data) > MAX_FILE:
        raise CasemateError(str(path), "is larger than 64 MB", "give the newest part of it, or the digest itself")
    if data[:4] in (b"PAR1", b"ARRO"):
        raise CasemateError(str(path), "is a table that is no text", "write it as CSV or JSON, or give the digest")
    return data.decode("utf-8", "replace")


def _unpacked(path: Path, data: bytes) -> bytes:
    """What gzip holds, up to the bound; of a file that is still being written, what is there."""
    out = bytearray()
    with gzip.GzipFile(fileobj=BytesIO(data)) as packed:
        try:
            while len(out) <= MAX_FILE and (piece := packed.read1(PIECE)):
                out += piece
        except EOFError:
            pass
        except (OSError, zlib.error):  # behind it may stand another model
            raise CasemateError(str(path), "is packed and broken", "give one that is whole") from None
    return bytes(out)


def documents(text: str) -> Iterator[Any]:
    """The whole as JSON, else every line that is; a last line that is still being written is left out."""
    try:
        yield json.loads(text if sum(map(text.count, "[{,")) <= MAX_PARTS else "")
        return
    except (ValueError, RecursionError):
        pass
    for line in text.splitlines():
        try:
            yield json.loads(line if len(line) <= MAX_LINE else "")
        except (ValueError, RecursionError):
            continue


def _of_model(doc: Any, model: bool, depth: int = 0) -> Iterator[str]:
    """Digests below a key that speaks of a model."""
    if depth > MAX_DEPTH:
        return
    if isinstance(doc, dict):
        for key, value in doc.items():
            yield from _of_model(value, model or _SPEAKS.search(key.lower()) is not None, depth + 1)
    elif isinstance(doc, list):
        for value in doc:
            yield from _of_model(value, model, depth + 1)
    elif model and isinstance(doc, str) and (found := _DIGEST.fullmatch(doc.lower())):
        yield found.group(1)


def _column(text: str) -> Iterator[str]:
    """Digests in the columns of a CSV whose heads speak of the model. Raises csv.Error."""
    first, *lines = text.splitlines() or [""]
    head = next(csv.reader([first]), []) if len(first) <= MAX_HEAD else []
    columns = [i for i, name in enumerate(head) if _SPEAKS.search(name)]
    if not columns or len(head) < 2:
        return
    if max(map(len, lines), default=0) > MAX_LINE:
        raise csv.Error("a line that is no row")
    for row in csv.reader(lines):
        cells = (row[i].strip() for i in columns if i < len(row))
        yield from (m.group(1) for m in map(_DIGEST.fullmatch, cells) if m)


def _behind_key(text: str) -> Iterator[str]:
    """Digests behind a key of the same line, as manifests and labels have them."""
    for m in _ANYWHERE.finditer(text):
        before = text[max(0, m.start() - BEFORE) : m.start()]
        if _KEY.search(before[before.rfind("\n") + 1 :]):
            yield m.group()
