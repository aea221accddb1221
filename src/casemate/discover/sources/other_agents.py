"""Language models, tools and servers of MCP in JavaScript, TypeScript, Java, Go and C#: read by lines, not parsed.

What asks a language model is a service, with `tools` an agent. What a tool can do is told by the words of its name.
Only words of known libraries count, with the import of the library in the same file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from casemate.discover import effects, lines, providers
from casemate.discover.repository import File, Repository
from casemate.discover.sighting import SAME, Found

MOST_TOOLS = 200  # of one file
ASKS = re.compile(
    r"[\"'](openai|@anthropic-ai/sdk|@ai-sdk/\w+|@google/gen\w+|@mistralai/mistralai|cohere-ai|ollama|@langchain/\w+"
    r"|langchain|groq-sdk)[\"'/]|(dev\.langchain4j|org\.springframework\.ai|com\.theokanning\.openai|go-openai|Azure\.AI\.OpenAI)"
)
NAMED = re.compile(
    r"\b(?:model|modelName|model_name)\s*[:=(]\s*(?:process\.env\.\w{1,60}\s*(?:\|\||\?\?)\s*)?"
    r"[\"'`]([\w.:/@-]{2,100})[\"'`]"
    r"|\b(?:openai|anthropic|google|mistral|groq)\(\s*[\"']([\w.:/@-]{2,100})[\"']"
)
CALLS = re.compile(
    r"\.(?:completions|messages|responses)\.(?:create|stream)\(|\b(?:generateText|streamText|generateContent)\("
)
TOOL = re.compile(
    r"function:\s*\{\s*name:\s*[\"']([\w-]{1,64})[\"']|\b(\w{1,64}):\s*tool\(\{|\btool\([^\"']{1,80}name:\s*[\"']([\w-]{1,64})"
)
OWNERS = {
    "openai": "OpenAI", "ai-sdk/openai": "OpenAI", "anthropic-ai/sdk": "Anthropic", "ai-sdk/anthropic": "Anthropic",
    "mistralai/mistralai": "Mistral AI", "cohere-ai": "Cohere", "groq-sdk": "Groq", "ollama": "",
}  # fmt: skip
"""Who runs what a library asks, where no name of a model tells; empty for ourselves."""
TOOLS = re.compile(r"\btools\s*[:=]|\bbindTools\(|\bcreateReactAgent\(|\.tools\(|@Tool\b")
MCP = re.compile(
    r"@modelcontextprotocol/sdk/server|io\.modelcontextprotocol\.server|mark3labs/mcp-go|ModelContextProtocol\.Server"
)
MCP_TOOL = re.compile(r"\.(?:tool|registerTool|addTool|NewTool)\(\s*[\"'`]([\w.-]{1,64})[\"'`]")


def look(repo: Repository) -> Iterator[Found]:
    """What every file of these languages asks or serves."""
    for f, text in lines.programs(repo):
        if found := MCP.search(text):
            yield from _served(f, text, found)
        elif found := ASKS.search(text):
            yield from _asks(f, text, found)


def _asks(f: File, text: str, found: re.Match[str]) -> Iterator[Found]:
    """A program that asks a language model. Without a name or a call there is only the library, which proves little."""
    named = {a or b: m.start() for m in reversed(list(NAMED.finditer(text))[:50]) for a, b in [m.groups()]}
    call = CALLS.search(text)
    if not named and call is None:
        return
    acts, library = TOOLS.search(text), (found[1] or found[2]).lstrip("@")
    key, here = f"{f.path}#agent", lines.at(f, text, found.start())
    yield from here.is_a(key, "agent" if acts else "service", f"asks a language model with {library}", lines.called(f))
    yield here.has(key, "path", f.path, "its code")
    if acts:
        yield here.flow(f.path, key, "question", "in the same file")
        yield here.flow(key, f.path, "answer", "in the same file")
        yield from _offered(f, text, key)
    else:
        yield here.has(key, SAME, f.path, "the file answers requests itself")
    for name, place in sorted(named.items(), key=lambda n: n[1]) or [("", call.start() if call else 0)]:
        told = providers.by_name(name)
        yield from providers.asked(
            lines.at(f, text, place), key, name, OWNERS.get(library) if told is None or library == "ollama" else told
        )


def _offered(f: File, text: str, agent: str) -> Iterator[Found]:
    """The tools that are declared where a model is asked, with what their names tell."""
    for found in islice(TOOL.finditer(text), MOST_TOOLS):
        name = found[1] or found[2] or found[3]
        key, here, why = f"{f.path}#tool {name}", lines.at(f, text, found.start()), f"{name} is offered to the model"
        yield from here.is_a(key, "tool", why, name)
        yield here.has(key, "origin", "own", "declared here")
        if effect := effects.of_name(name):
            yield here.has(key, "effect", effect, f"by its name, {name}")
        yield here.flow(agent, key, "call", why)
        yield here.flow(key, agent, "result", why)


def _served(f: File, text: str, found: re.Match[str]) -> Iterator[Found]:
    """An MCP server, with what the names of its tools tell."""
    key, here = f"{f.path}#server", lines.at(f, text, found.start())
    tools = list(MCP_TOOL.finditer(text))[:100]
    named = ", ".join(dict.fromkeys(t[1] for t in tools[:6])) or "no tool that we see"
    called = lines.called(f)
    yield from here.is_a(key, "tool", f"an MCP server with {named}", called if called != "api" else "mcp-server")
    yield here.has(key, "path", f.path, "its code")
    yield here.has(key, "origin", "own", "its code is here")
    for tool in tools:
        if effect := effects.of_name(tool[1]):
            yield lines.at(f, text, tool.start()).has(key, "effect", effect, f"by its name, {tool[1]}")
