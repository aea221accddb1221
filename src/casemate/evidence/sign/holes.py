"""What a signature leaves open: ignored files that can hold code, links, and what none of its digests covers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from casemate.evidence.sign.tree import leads_to_file, shown

LISTED = 10  # names in one sentence; the lists themselves are whole

# Text that people read and loaders do not. Everything else that is ignored counts as code: a loader takes weights,
# configuration, templates and tokenizers from files of many names, and all of them can decide what runs.
HARMLESS = frozenset({".png", ".jpg", ".jpeg", ".svg", ".gif", ".pdf", ".license", ".sig"})
HARMLESS_NAMES = frozenset({".gitignore", ".gitattributes", ".gitkeep", ".ds_store"})
# Of texts only what is named as one: vocab.txt and merges.txt are tokenizers, and a prompt may be a .md.
TEXTS = frozenset({"", ".md", ".rst", ".txt"})
DOCUMENTS = frozenset(
    {"readme", "license", "licence", "notice", "copying", "changelog", "changes", "authors", "contributing"}
    | {"citation", "security", "code_of_conduct", "model_card", "modelcard"}
)
# Git's own folder holds every kind of name, and no loader looks into it unless somebody put a module there.
OF_GIT = frozenset({".git", ".github"})
CODE = frozenset(
    {".py", ".pyc", ".pyd", ".so", ".dll", ".dylib", ".sh", ".pth", ".pt", ".pkl", ".pickle", ".joblib", ".npy", ".npz"}
    | {".bin", ".ckpt", ".h5", ".keras", ".onnx", ".safetensors", ".gguf", ".json", ".yaml", ".yml", ".jinja"}
)


def can_hold_code(name: str) -> bool:
    """Whether what loads a model may take code, weights or configuration from a file of this name."""
    path = PurePosixPath(name.lower())
    if path.parts and path.parts[0] in OF_GIT:
        return path.suffix in CODE
    document = path.suffix in TEXTS and path.name.removesuffix(path.suffix) in DOCUMENTS
    return not document and path.suffix not in HARMLESS and path.name not in HARMLESS_NAMES


def uncovered(root: Path, links: Iterable[str]) -> list[str]:
    """Links that the signature allows but whose ends no digest covers: folders, nothing, things that are no files."""
    return [link for link in links if not leads_to_file(root, link)]


def listed(names: Iterable[str]) -> str:
    """Names as one text: the first ones, and how many more."""
    names = list(names)
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(shown(n) for n in names[:LISTED]) + more
