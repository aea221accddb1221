"""Pages that a Python library makes of a program: Streamlit, Gradio, Chainlit, Dash, Panel, Shiny, NiceGUI.

Of Streamlit a file counts where something is shown when it is run, not where it only offers functions to others.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from casemate.discover.python import Module, keyword
from casemate.discover.repository import Repository
from casemate.discover.routes import PAGES
from casemate.discover.sighting import SAME, At, Found

MAKES = ("gradio.Interface", "gradio.Blocks", "gradio.ChatInterface", "gradio.TabbedInterface", "dash.Dash",
         "panel.serve", "shiny.App", "nicegui.ui.run", "mesop.page", ".servable")  # fmt: skip
CHATS = ("chainlit.on_message", "chainlit.on_chat_start")
SHOWS = re.compile(rb"^(?:st|streamlit)\.(?!cache|secrets)", re.MULTILINE)


def read(m: Module, repo: Repository) -> Iterator[Found]:
    """The page of a file, with the engine in the same file."""
    made = _made(m) if m.packages & PAGES else None
    if made is None:
        return
    name, line = made
    here, stem = At(m.path, line), m.stem
    if stem in ("main", "app", "__init__", "Home", "streamlit_app"):
        stem = "app"
    yield from here.is_a(m.path, "web-app", f"{name} makes pages of it", stem)
    yield here.has(m.path, "path", m.path, "its code")
    yield here.flow(m.path, f"{m.path}#engine", "input", "the model is in the same file")
    yield here.flow(f"{m.path}#engine", m.path, "answer", "the model is in the same file")
    yield from _launched(m)
    if m.folder.rpartition("/")[2] == "pages" and (main := _main(m, repo)):
        yield here.has(m.path, SAME, main, "one of its pages")


def _made(m: Module) -> tuple[str, int] | None:
    """The call that makes pages, and its line."""
    for name, call in m.calls:
        if name.endswith(MAKES) and (name[0] != "." or "panel" in m.packages):
            return name.lstrip("."), call.lineno
        shows = name.startswith("streamlit.") and not name.startswith(("streamlit.cache", "streamlit.secrets"))
        if shows and (id(call) not in m.owners or _runs(m)):
            return "streamlit", call.lineno
    marks = ((m.dotted(d.func if isinstance(d, ast.Call) else d), f) for f in m.functions for d in f.decorator_list)
    return next(((name, f.lineno) for name, f in marks if name in CHATS), None)


def _runs(m: Module) -> bool:
    """Whether a function of the file is called when it is run."""
    return any(name in m.by_name and id(call) not in m.owners for name, call in m.calls)


def _main(m: Module, repo: Repository) -> str:
    """The program whose pages lie in `pages/`."""
    above = m.folder.rpartition("/")[0]
    beside = (p for p in repo.by_suffix.get("py", ()) if p.rpartition("/")[0] == above)
    return next((p for p in beside if SHOWS.search(repo.head(p))), "")


def _launched(m: Module) -> Iterator[Found]:
    """What Gradio's `launch` says of who may come."""
    for name, call in m.calls:
        if name.endswith(".launch") and "gradio" in m.packages:
            here, share = At(m.path, call.lineno), keyword(call, "share")
            if isinstance(share, ast.Constant) and share.value is True:
                yield here.has(m.path, "exposed to", "zone internet", "share=True gives it a public address")
            if keyword(call, "auth") is not None:
                yield here.has(m.path, "auth", "password", "launch is given auth=")
