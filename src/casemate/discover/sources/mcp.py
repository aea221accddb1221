"""Configurations of MCP: the servers whose tools an agent may call. Keys and addresses stay out of the draft."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from casemate.discover.repository import File, Repository
from casemate.discover.sighting import At, Found, Unread

HAS = re.compile(rb'"(?:mcpServers|mcp_servers|servers)"\s*:')
KNOWN = (("filesystem|file", "write"), ("shell|terminal|exec|desktop-commander", "exec"),
          ("puppeteer|playwright|browser|fetch|search", "browse"),
         ("postgres|sqlite|mysql|redis|mongo", "read"), ("slack|gmail|mail|twilio", "send"),
         ("github|gitlab|jira|linear|notion", "write"),
         ("stripe|paypal", "pay"))  # fmt: skip


def look(repo: Repository) -> Iterator[Found]:
    """The servers of every configuration."""
    for f in repo.ending("json"):
        if not HAS.search(repo.head(f.path)):
            continue
        read = repo.text(f.path)
        if isinstance(read, Unread):
            yield read
            continue
        try:
            doc = json.loads(read)
        except (ValueError, RecursionError):
            yield Unread(f.path, "is not JSON that we read")
            continue
        servers = next((s for k in ("mcpServers", "mcp_servers", "servers") if isinstance(s := _get(doc, k), dict)), {})
        known = {
            n: s for n, s in list(servers.items())[:200] if isinstance(s, dict) and ({"command", "url"} & s.keys())
        }
        if known:
            yield from _servers(f, read, known)


def _get(doc: Any, key: str) -> Any:
    return doc.get(key) if isinstance(doc, dict) else None


def _servers(f: File, text: str, servers: dict[str, dict[str, Any]]) -> Iterator[Found]:
    agent = f"{f.path}#agent"
    here = At(f.path, 1)
    yield from here.is_a(
        agent, "agent", "an assistant of developers, whose tools are configured here", "developers-assistant"
    )
    yield here.actor("actor developer", "staff", "works with the repository")
    yield here.flow("actor developer", agent, "requests", "works with the assistant")
    yield here.flow(agent, "actor developer", "answers", "works with the assistant")
    for name, server in servers.items():
        found = text.find(json.dumps(name))
        yield from _server(At(f.path, text.count("\n", 0, max(found, 0)) + 1), agent, name, server)


def _server(here: At, agent: str, name: str, server: dict[str, Any]) -> Iterator[Found]:
    key = f"{here.file}#mcp {name}"
    given = server.get("args")
    words = [str(w)[:200] for w in [server.get("command", ""), *(given if isinstance(given, list) else [])]]
    yield from here.is_a(key, "tool", f"MCP server {name[:60]}", name)
    if isinstance(server.get("url"), str):
        yield here.has(key, "zone", "zone internet", "it is called by an address")
        yield here.has(key, "updates", "automatic", "it runs elsewhere and may change unasked")
    elif words[0].rpartition("/")[2] in ("npx", "uvx", "bunx", "pipx", "docker"):
        package = next((w for w in words[1:] if not w.startswith("-") and w != "run"), "")
        pinned = bool(re.search(r"(?<=.)@\d|==\d|@sha256:", package))
        yield here.has(
            key, "updates", "pinned" if pinned else "automatic", f"{words[0]} fetches {package[:60] or 'it'}"
        )
        yield here.has(key, "origin", "public", f"{words[0]} fetches it from a public registry")
    for pattern, effect in KNOWN:
        if re.search(pattern, " ".join([name, *words[:6]]).lower()):
            yield here.has(key, "effect", effect, f"by its name, {name[:60]}")
            break
    yield here.flow(agent, key, "call", f"MCP server {name[:60]}")
    yield here.flow(key, agent, "result", f"MCP server {name[:60]}")
