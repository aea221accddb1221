"""Language models that programs ask: who runs one, by its name, and what a draft says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.discover.sighting import At, Sighting

PROVIDERS = {
    "openai": "OpenAI", "anthropic": "Anthropic", "mistralai": "Mistral AI", "cohere": "Cohere",
    "google.generativeai": "Google",
    "google.genai": "Google", "langchain_openai": "OpenAI", "langchain_anthropic": "Anthropic",
    "langchain_google_genai": "Google", "langchain_mistralai": "Mistral AI", "langchain_aws": "Amazon",
    "agents": "OpenAI",
    "groq": "Groq", "together": "Together AI",
}  # fmt: skip
OWN = frozenset(("ollama", "langchain_ollama", "vllm", "llama_cpp"))
"""Libraries that ask models which we run."""
BY_MODEL = (
    (r"^(?:openai/)?(?:gpt-|o\d|chatgpt|text-embedding)", "OpenAI"), (r"^(?:anthropic/)?claude", "Anthropic"),
    (r"^(?:gemini|vertex_ai)", "Google"), (r"^(?:mistral|codestral|open-mi)", "Mistral AI"), (r"^command", "Cohere"),
    (r"^bedrock|^(?:us\.|eu\.)?(?:amazon|anthropic)\.", "Amazon"), (r"^ollama", ""),
)  # fmt: skip


def by_name(model: str) -> str | None:
    """Who runs a model, by its name: empty for ourselves, None where it does not tell."""
    return next((owner for pattern, owner in BY_MODEL if re.search(pattern, model)), None)


def asked(at: At, asking: str, name: str, owner: str | None) -> Iterator[Sighting]:
    """A model, whose it is, and that a program asks it. owner: empty for ourselves, None where nothing tells."""
    who = owner or ("own" if owner == "" else "unknown")
    key = f"llm {who} {name}"
    why = f"model {name}" if name else "a call of the library"
    embeds = "embed" in name
    kind = "llm" if not embeds else "external-service" if owner else "inference"
    yield from at.is_a(key, kind, why, re.sub(r"[^\w.-]+", "-", name.rpartition("/")[2]).strip("-") or "language-model")
    if owner:
        zone = f"zone {owner}"
        yield from at.zone(zone, "partner", owner, re.sub(r"\W+", "-", owner.lower()))
        yield at.has(key, "zone", zone, f"{owner} runs it")
        yield at.has(key, "metered", "yes", f"{owner} charges for calls")
    if name:
        yield at.has(key, "provider.model", name, why)
        pinned = re.search(r"\d{4}-\d{2}-\d{2}$|[-@]\d{8}$|-\d{3,4}$|-\d{4}-v\d", name)
        if owner:
            yield at.has(
                key, "version", "pinned" if pinned else "floating", "a dated version" if pinned else "no dated version"
            )
    yield at.flow(asking, key, "text to embed" if embeds else "prompt", why)
    yield at.flow(key, asking, "embedding" if embeds else "text", why)
