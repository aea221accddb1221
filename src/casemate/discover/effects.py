"""What a tool can do: by what its code calls, by the words of its name, and of tools that libraries bring along."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from casemate.discover.python import Module

CALLS: tuple[tuple[str, str], ...] = (
    (r"^(?:subprocess\.|os\.system|os\.popen|pty\.|exec$|eval$|runpy\.)|\.exec_command$|code_interpreter", "exec"),
    (r"^(?:shutil\.rmtree|os\.remove|os\.unlink|os\.rmdir)|\.(?:unlink|rmtree|delete\w*|drop\w*|truncate\w*)$",
    "destructive"),
    (r"^(?:smtplib\.|email\.)|\.(?:send_message|sendmail|send_mail|send_email|chat_postMessage|publish|send)$", "send"),
    (r"^stripe\.|\.(?:refund\w*|charge\w*|pay\w*|transfer\w*)$", "pay"),
    (r"^(?:requests|httpx|aiohttp|urllib\.request)\.(?:post|put|patch|delete)$|\.(?:post|put|patch)$", "send"),
    (r"^(?:requests|httpx|urllib\.request)\.(?:get|urlopen)$|^playwright|^selenium|\.goto$", "browse"),
    (r"\.(?:write_text|write_bytes|to_sql|commit|insert\w*|update\w*|put_item|put_object|save)$", "write"),
    (
        r"\.(?:read_text|read_bytes|execute|query|fetch\w*|select\w*|search|get_item|get_object"
        r"|similarity_search|find\w*)$", "read",
    ),
)  # fmt: skip
NAMES: tuple[tuple[str, str], ...] = (
    (r"refund|pay|charge|transfer|invoice|purchase|buy", "pay"),
    (r"delete|remove|drop|cancel|wipe|reset", "destructive"),
    (r"send|email|mail|notify|post|publish|reply|message|slack|tweet", "send"),
    (r"shell|bash|terminal|exec|run_code|python_repl|run_python|interpreter|command", "exec"),
    (r"browse|scrape|crawl|visit|fetch_url|fetch_page|open_url|web", "browse"),
    (r"write|update|create|insert|add|edit|save|set|upload|book|schedule|open_ticket", "write"),
    (r"get|read|look|search|find|list|query|fetch|retrieve|check|load|lookup|status", "read"),
)
LIBRARY = {
    "ShellTool": "exec", "BashProcess": "exec", "PythonREPLTool": "exec", "PythonAstREPLTool": "exec",
    "CodeInterpreterTool": "exec", "PythonInterpreterTool": "exec", "LocalCommandLineCodeExecutor": "exec",
    "DockerCommandLineCodeExecutor": "exec", "code_interpreter": "exec", "computer_use_preview": "desktop",
    "DuckDuckGoSearchTool": "browse", "DuckDuckGoSearchRun": "browse", "SerperDevTool": "browse",
    "ScrapeWebsiteTool": "browse", "WebSearchTool": "browse", "VisitWebpageTool": "browse",
    "TavilySearchResults": "browse",
    "web_search": "browse", "web_search_preview": "browse", "FileReadTool": "read", "DirectoryReadTool": "read",
    "FileWriterTool": "write", "FileSearchTool": "read", "file_search": "read", "GmailSendMessage": "send",
    "SQLDatabaseToolkit": "read", "QuerySQLDataBaseTool": "read", "RequestsGetTool": "browse",
    "RequestsPostTool": "send",
    "ComputerTool": "desktop", "LocalShellTool": "exec", "PlayWrightBrowserToolkit": "browse",
    "WikipediaQueryRun": "browse",
    "ddg-search": "browse", "serpapi": "browse", "google-search": "browse", "wikipedia": "browse", "arxiv": "browse",
    "tavily_search_results_json": "browse", "requests_all": "send", "terminal": "exec", "python_repl": "exec",
    "create_csv_agent": "exec", "create_pandas_dataframe_agent": "exec", "create_spark_dataframe_agent": "exec",
    "create_python_agent": "exec", "create_sql_agent": "read",
}  # fmt: skip
"""Tools of libraries, by the last part of their names, and agents that bring one along."""


def of_function(m: Module, f: ast.AST) -> Iterator[tuple[str, int, str]]:
    """(effect, line, why) of each effect that the body of a function shows."""
    for n in ast.walk(f):
        if isinstance(n, ast.Call):
            name = m.dotted(n.func)
            for pattern, effect in CALLS:
                if name and re.search(pattern, name):
                    yield _changed(n, effect), n.lineno, f"it calls {name.lstrip('.')[:60]}"
                    break
            if (name in ("open", "io.open")) and any(_mode(a) for a in [*n.args[1:2], *(k.value for k in n.keywords)]):
                yield "write", n.lineno, "it opens a file to write"


def _changed(call: ast.Call, effect: str) -> str:
    """A query that is written out says whether it changes something."""
    first = call.args[0] if call.args else None
    said = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    if isinstance(first, ast.JoinedStr):
        said = "".join(v.value for v in first.values if isinstance(v, ast.Constant) and isinstance(v.value, str))
    if re.match(r"\s*(?:delete|drop|truncate)\b", said, re.IGNORECASE):
        return "destructive"
    return "write" if re.match(r"\s*(?:insert|update|merge|alter|create)\b", said, re.IGNORECASE) else effect


def _mode(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and len(node.value) < 4
        and bool(set(node.value) & set("wax"))
    )


def of_name(name: str) -> str | None:
    """The effect that a tool's name tells; None where it tells none."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return next((effect for pattern, effect in NAMES if re.search(rf"(?:^|[_\W])(?:{pattern})", words)), None)
