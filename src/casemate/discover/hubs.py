"""Models that programs fetch from a public hub by name, and what a draft says of the hub."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from casemate.discover.python import Module, argument, keyword
from casemate.discover.sighting import At, Sighting

FETCHES = (
    ".from_pretrained", "huggingface_hub.snapshot_download", "hf_hub_download", "torch.hub.load",
    "transformers.pipeline", "sentence_transformers.SentenceTransformer",
)  # fmt: skip
NAMES = ("pretrained_model_name_or_path", "repo_id", "model", "model_name_or_path")
HUB = "hub huggingface"


@dataclass(frozen=True, slots=True)
class Fetched:
    """One model: its name, the line, whether a commit is named, the call."""

    name: str
    line: int
    pinned: bool
    call: str

    @property
    def key(self) -> str:
        """How sightings call it."""
        return f"hub model {self.name}"


def fetched(m: Module) -> list[Fetched]:
    """Each model that a file names. A tokenizer of the same name is the same download."""
    out: dict[str, Fetched] = {}
    for name, call in m.calls:
        if name.endswith(FETCHES):
            told = m.text(argument(call, 1 if name.endswith("pipeline") else 0, *NAMES)) or ""
            if re.fullmatch(r"[\w-][\w.-]*(/[\w.:-]+)?", told):
                pinned = re.fullmatch(r"[0-9a-f]{40}", m.text(keyword(call, "revision")) or "")
                out.setdefault(told, Fetched(told, call.lineno, bool(pinned), name.lstrip(".")))
    return list(out.values())


def the_hub(at: At, why: str) -> Iterator[Sighting]:
    """The hub itself."""
    yield from at.is_a(HUB, "model-registry", why, "model-hub")
    yield at.has(HUB, "zone", "zone internet", "others run it and anyone may publish there")
    yield at.has(HUB, "origin", "public", "anyone may publish there")
    yield at.has(HUB, "auth", "open-signup", "anyone may publish there")


def seen(m: Module, f: Fetched, user: str) -> Iterator[Sighting]:
    """The hub, the model, and that both come to who uses them."""
    at = At(m.path, f.line)
    yield from the_hub(at, f"{f.call} fetches from it")
    yield from at.is_a(f.key, "model", f"fetched by {f.call}", f.name.rpartition("/")[2])
    yield at.has(f.key, "origin", "public", f"{f.name} of a public hub")
    yield at.has(f.key, "base.model", f.name, f"fetched by {f.call}")
    yield at.has(f.key, "base.origin", "public", f"fetched by {f.call}")
    pinned = ("yes", "revision= is a commit") if f.pinned else ("no", "no commit is named")
    yield at.has(f.key, "pinned", *pinned)
    yield at.flow(HUB, user, "model", f.call)
