"""Programs that call language models, and agents with their tools.

A file that calls a provider's library is a service that asks a language model, `path#agent`; with tools it is an
agent. A service in a file with routes is that endpoint itself. Who runs the model is told by the library or by the
name of the model; what was seen of a tool's effects is its code, else the words of its name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from casemate.discover import effects, providers, tooling
from casemate.discover.providers import OWN, PROVIDERS
from casemate.discover.python import Module, keyword
from casemate.discover.repository import Repository
from casemate.discover.sighting import SAME, At, Found

FRAMEWORKS = frozenset(
    ("langchain", "langchain_core", "langchain_community", "langgraph", "llama_index", "crewai", "autogen",
    "autogen_agentchat",
     "smolagents", "litellm", "pydantic_ai", "agents", "fastmcp", "mcp", "agno", "strands", "google.adk",
     "semantic_kernel", "haystack", "dspy")
)  # fmt: skip
AGENTS = (
    ".Agent", ".CodeAgent", ".ToolCallingAgent", ".AssistantAgent", ".create_react_agent", ".create_agent",
    ".AgentExecutor", ".initialize_agent", ".create_csv_agent", ".create_pandas_dataframe_agent", ".create_sql_agent",
    ".create_openai_tools_agent", ".create_openai_functions_agent", ".ReActAgent", ".FunctionAgent",
    ".ConversableAgent", ".Crew",
)  # fmt: skip
INDEXES = re.compile(
    r"\b(?:Chroma|FAISS|Pinecone\w*|Qdrant\w*|Weaviate\w*|Milvus|PGVector|VectorStoreIndex|LanceDB|PersistentClient"
    r"|ElasticsearchStore|OpenSearchVectorSearch|InMemoryVectorStore)\b"
)
LOADERS = {"DirectoryLoader": "store", "SimpleDirectoryReader": "store", "TextLoader": "store", "PyPDFLoader": "store",
           "PyPDFDirectoryLoader": "store", "CSVLoader": "store", "WebBaseLoader": "external-content",
           "SitemapLoader": "external-content", "RecursiveUrlLoader": "external-content",
           "SimpleWebPageReader": "external-content",
           "ConfluenceLoader": "store", "NotionDBLoader": "store",
           "GitHubIssuesLoader": "external-content"}  # fmt: skip
ASKING = (
    ".as_query_engine",
    ".as_retriever",
    ".as_chat_engine",
    ".similarity_search",
    ".retrieve",
    ".query",
    ".max_marginal_relevance_search",
)
FILLING = (".from_documents", ".from_texts", ".add_documents", ".add_texts", ".upsert")
ASKS = re.compile(
    r"\b(?:create|generate\w*|chat|complet\w+|parse|stream|invoke|embed\w*|Chat\w+|LLM|Agent\w*|OpenAI\w*|Anthropic\w*"
    r"|GenerativeModel|LiteLLM\w*|OllamaLLM|Ollama|OpenAIChatCompletionClient|InferenceClientModel|HfApiModel"
    r"|TransformersModel)$"
)
MAKES = re.compile(r"\.(?:Azure)?(?:Chat(?:OpenAI|Anthropic|Mistral\w+|Cohere|Groq|Google\w+|Ollama|Bedrock\w*)"
                   r"|(?:Async)?(?:OpenAI|Anthropic|Groq)|AzureChatOpenAI)$")  # fmt: skip
POSITIONAL = ("GenerativeModel", "InferenceClientModel", "HfApiModel", "TransformersModel", "LiteLLMModel")
"""Calls that name a model."""
MEMORY = re.compile(
    r"\b(?:ConversationBufferMemory|ConversationSummaryMemory|MemorySaver|ChatMemoryBuffer|InMemorySaver|SQLiteSession)\b"
)
STEPS = ("max_iterations", "max_steps", "max_turns", "max_iter", "recursion_limit", "max_round")


def read(m: Module, repo: Repository) -> Iterator[Found]:
    """The model that a file calls, the agent in it, its tools and what it looks up."""
    tools = tooling.offered(m) if m.packages & (FRAMEWORKS | PROVIDERS.keys() | OWN) else []
    served = [c for n, c in m.calls if n.endswith((".FastMCP", "mcp.server.Server", "mcp.server.lowlevel.Server"))]
    models = list(_models(m)) or list(_unnamed(m))
    agent = next((c for n, c in m.calls if n.endswith(AGENTS) and m.packages & FRAMEWORKS), None)
    if served and not models:
        yield from _tool_server(m, tools, served[0])
        return
    if models or agent is not None:
        yield from _asking(m, tools, models, agent)
        yield from _knowledge(m, f"{m.path}#agent")
    elif fills := [c for n, c in m.calls if INDEXES.search(n) and n.endswith(FILLING)]:
        here = At(m.path, fills[0].lineno)
        yield from here.is_a(m.path, "preprocessing", "fills an index", m.stem)
        yield here.has(m.path, "path", m.path, "its code")
        yield from _knowledge(m, m.path)
    for tool in tools:
        yield from _tool(m, f"{m.path}#agent", tool)


def _asking(m: Module, tools: list[tooling.Tool], models: list[Named], agent: ast.Call | None) -> Iterator[Found]:
    key = f"{m.path}#agent"
    line = min([*([agent.lineno] if agent else []), *(n for _, n, _ in models)])
    here = At(m.path, line)
    given = any(keyword(c, "tools", "functions") is not None or n.endswith(".bind_tools") for n, c in m.calls)
    acts = bool(tools) or agent is not None or given
    embeds = bool(models) and all("embed" in name for name, _, _ in models)
    why = (
        "a language model with tools" if acts else "asks a model for embeddings" if embeds else "asks a language model"
    )
    stem = m.stem
    kind = "agent" if acts else "preprocessing" if embeds else "service"
    yield from here.is_a(key, kind, why, "assistant" if stem in ("main", "app", "__init__") else stem)
    yield here.has(key, "path", m.path, "its code")
    if not acts:
        yield here.has(key, SAME, m.path, "the file answers requests itself")
    yield here.flow(m.path, key, "question", "in the same file")
    yield here.flow(key, m.path, "answer", "in the same file")
    yield from _settings(m, key, acts)
    owner = _owner(m, "")
    for name, at, who in models or ([("", line, owner)] if owner else []):
        yield from providers.asked(At(m.path, at), key, name, who)


def _owner(m: Module, model: str) -> str | None:
    """Who runs a model: by its name, else by the library; empty for ourselves, None where nothing tells."""
    named = providers.by_name(model)
    if named is not None:
        return named
    if m.packages & OWN:
        return ""
    found = sorted({owner for package, owner in PROVIDERS.items() if package in m.packages})
    return found[0] if found else None


Named = tuple[str, int, str | None]


def _models(m: Module) -> Iterator[Named]:
    """(name, line, who runs it) of each model that a call names."""
    seen: set[str] = set()
    if not m.packages & (PROVIDERS.keys() | OWN | FRAMEWORKS):
        return
    for name, call in m.calls:
        given = keyword(call, "model", "model_name", "model_id", "llm", "deployment_name", "azure_deployment")
        told = m.text(given)
        asks = ASKS.search(name)
        if asks and told is None and name.endswith(POSITIONAL) and call.args:
            told = m.text(call.args[0])
        if asks and told and told not in seen and re.fullmatch(r"[\w.:/@-]{2,100}", told):
            seen.add(told)
            yield told, call.lineno, _owner(m, told)
        elif (
            asks
            and given is not None
            and told is None
            and "*" not in seen
            and re.search(r"\.(?:create|completion)$", name)
        ):
            seen.add("*")
            yield "", call.lineno, _owner(m, "")


def _unnamed(m: Module) -> Iterator[Named]:
    """A model of a provider's library that a program makes without a name, where none is named: the library's own."""
    known = PROVIDERS.keys() | OWN
    for name, call in m.calls if m.packages & (known | FRAMEWORKS) else ():
        package = name.partition(".")[0]
        if (package in known or package in FRAMEWORKS) and MAKES.search(name):
            yield "", call.lineno, _owner(m, "") if package in known else _maker(name)
            return


def _maker(name: str) -> str | None:
    """Who runs a model, by the class that a framework has for it."""
    last = name.rpartition(".")[2].removeprefix("Chat").removeprefix("Azure")
    return next((owner for owner in PROVIDERS.values() if last.startswith(owner.partition(" ")[0])), None)


def _settings(m: Module, key: str, acts: bool) -> Iterator[Found]:
    """Standing instructions, memory, limits of steps."""
    for n in m.nodes:
        if isinstance(n, ast.Dict):
            pairs = {k.value: v for k, v in zip(n.keys, n.values, strict=True) if isinstance(k, ast.Constant)}
            role = pairs.get("role")
            if isinstance(role, ast.Constant) and role.value in ("system", "developer"):
                yield At(m.path, n.lineno).has(key, "system prompt", "plain", "a message of the role system")
    for name, call in m.calls:
        here = At(m.path, call.lineno)
        given = keyword(
            call, "system", "system_prompt", "instructions", "system_message", "system_instruction", "backstory"
        )
        if given is not None or name.endswith("SystemMessage"):
            yield here.has(key, "system prompt", "plain", f"given to {name.lstrip('.')[:60]}")
        if MEMORY.search(name):
            yield here.has(key, "keeps memory", "thread", name.lstrip("."))
        if acts and any(k.arg in STEPS for k in call.keywords):
            yield here.has(key, "step limit", "yes", f"{name.lstrip('.')[:60]} has a limit of steps")
        if acts and any(k.arg in ("interrupt_before", "human_input", "require_confirmation") for k in call.keywords):
            yield here.has(key, "approval", "some", f"{name.lstrip('.')[:60]} waits for a person")


def _tool(m: Module, agent: str, tool: tooling.Tool) -> Iterator[Found]:
    name, line, code = tool.name, tool.line, tool.code
    key, here = f"{m.path}#tool {name}", At(m.path, line)
    yield from here.is_a(key, "tool", f"{name} is offered to the model", name)
    yield from tooling.can(m, key, tool)
    if code is not None:
        yield here.has(key, "origin", "own", "our function")
    elif name in effects.LIBRARY:
        yield here.has(key, "origin", "public", "of a library")
    yield here.flow(agent, key, "call", f"{name} is offered to the model")
    yield here.flow(key, agent, "result", f"{name} is offered to the model")


def _tool_server(m: Module, tools: list[tooling.Tool], made: ast.Call) -> Iterator[Found]:
    """An MCP server: one tool for others, which can do what its functions do."""
    key, here = f"{m.path}#server", At(m.path, made.lineno)
    named = ", ".join(t.name for t in tools[:6]) or "no function that we see"
    stem = m.stem
    yield from here.is_a(
        key, "tool", f"an MCP server with {named}", stem if stem not in ("main", "server") else "mcp-server"
    )
    yield here.has(key, "path", m.path, "its code")
    yield here.has(key, "origin", "own", "its code is here")
    for tool in tools:
        yield from tooling.can(m, key, tool)


def _knowledge(m: Module, agent: str) -> Iterator[Found]:
    """What is looked up, and what is put there. An index is known by the folder or collection that calls name."""
    index = ""
    asks = any(n.endswith(ASKING) for n, _ in m.calls)
    for name, call in m.calls:
        if INDEXES.search(name):
            told = m.text(
                keyword(call, "persist_directory", "persist_dir", "collection_name", "index_name", "path", "uri")
            )
            index, here, why = (
                f"index {told}" if told else f"{m.path}#index",
                At(m.path, call.lineno),
                name.lstrip(".")[:60],
            )
            yield from here.is_a(index, "index", why, "knowledge")
            fills = name.endswith(FILLING)
            if fills:
                yield here.flow(agent, index, "documents", why)
            if asks or not fills:
                yield here.flow(index, agent, "passages", why)
    for name, call in m.calls:
        last = next((p for p in reversed(name.split(".")) if p in LOADERS), "")
        if last:
            told = m.texts(call.args[0])[0] if call.args else "*"
            here, key = At(m.path, call.lineno), f"documents {told if '*' not in told else m.path}"
            yield from here.is_a(key, LOADERS[last], f"{last} reads it", _of_address(told))
            if LOADERS[last] == "external-content":
                yield here.has(key, "zone", "zone internet", "pages of others")
            yield here.flow(key, agent, "documents", last)


def _of_address(told: str) -> str:
    """A short name for a folder or an address."""
    bare = re.sub(r"^\w+://(?:www\.)?", "", told)
    return re.sub(r"[^\w.]+", "-", bare).strip("-.")[:40] if "*" not in told and "\0" not in told else "documents"
