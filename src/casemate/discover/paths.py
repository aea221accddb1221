"""From the text of a path in a program to the files that it means: in the repository, outside it, or not to be told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from posixpath import normpath

from casemate.discover.repository import Repository

MOST = 20  # files that one pattern may stand for
MOST_LOOKED = 5_000  # files that are compared with one
REMOTE = re.compile(
    r"models:/\w|runs:/\w|(s3a?|gs|gcs|abfss?|wasbs?|hdfs|https?|ftp|sftp|postgres\w*|mysql\w*|mongodb\w*|redis|bigquery)://"
)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a path means. kind: `file` (here), `absent` (would be here), `remote` (an address, or elsewhere)"""

    path: str
    kind: str


def meant(repo: Repository, folder: str, texts: Iterable[str], folders: bool = False) -> list[Meant]:
    """The files that any of these texts means, for a program in a folder. What cannot be told is left out.

    folders: it may as well be a folder, so that a name without an ending is one.
    """
    out: dict[str, Meant] = {}
    for text in texts:
        for one in _meant(repo, folder, text.strip(), folders):
            out.setdefault(one.path, one)
    return list(out.values())[:MOST]


def _meant(repo: Repository, folder: str, text: str, folders: bool) -> list[Meant]:
    if not text or "\0" in text or not text.isprintable() or len(text) > 1_000:
        return []
    if REMOTE.match(text):
        return [Meant(_address(text), "remote")]
    known = "*" not in text
    for base in dict.fromkeys((folder, "")):
        path = normpath(f"{base}/{text}" if base and not text.startswith((base + "/", "/")) else text)
        if known and path in repo.files:
            return [Meant(path, "file")]
    if found := _alike(repo, text):
        return [Meant(path, "file") for path in found]
    if known and text.startswith("/"):
        return [Meant(text, "remote")]
    tail = text.lstrip("*/.").lstrip("/")
    ends = re.search(r"\w" if folders else r"\.\w{1,12}$", tail)
    if "*" in tail or not ends or text.startswith(("/", "~", "*.")):
        return []
    return [Meant(normpath(f"{folder}/{tail}" if folder and text.startswith(".") else tail), "absent")]


def _alike(repo: Repository, text: str) -> list[str]:
    """Files whose paths end as the text does, where a `*` stands for what is not known."""
    tail = text.lstrip("*./").lstrip("/")
    last = tail.rpartition("/")[2]
    if not re.search(r"\.\w{1,12}$", last) or tail.count("*") > 4:
        return []
    if "*" not in tail:
        return [p for p in repo.by_name.get(last, ()) if p == tail or p.endswith("/" + tail)][:MOST]
    pattern = re.compile("(?:.*/)?" + re.escape(tail).replace(r"\*", "[^/]*"))
    among = repo.by_suffix.get(last.rpartition(".")[2].lower(), ())
    return [p for p in among[:MOST_LOOKED] if pattern.fullmatch(p)][:MOST]


def _address(text: str) -> str:
    """An address without a password in it, as far as its first `*`; of a registered model its name alone."""
    if registered := re.match(r"models:/([\w.-]+)", text):
        return registered[0]
    return re.sub(r"//[^/@]*@", "//", text).partition("*")[0].partition("?")[0][:300]
