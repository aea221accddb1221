"""What the site needs beside docs/: pages that lie elsewhere in the repository, and links that lead out of docs/.

MkDocs calls the functions `on_...` (`hooks:` in mkdocs.yml). A link is looked up by the file to which it leads. If the
site has that file, the link leads there; when not, it leads to `extra: source:` of mkdocs.yml, the address of the
repository's files in the web; where that is not set, the words of the link stay without a link. A page that would load
anything from another place ends the build: who reads about a weakness here is nobody else's business.

Our pages are written as CommonMark. The Markdown of MkDocs wants an empty line around what stands in a paragraph of its
own, and four spaces before a list in a list: `spaced` puts both in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import dirname, relpath
from typing import Any

ROOT = Path(__file__).parent.parent
ELSEWHERE = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
FENCED_OR_LINK = re.compile(
    r"(?P<code>^```.*?^```$)|\[(?P<words>[^\]]*)\]\((?P<to>[^)\s]+)\)", re.DOTALL | re.MULTILINE
)
LOADS = re.compile(
    r"<(?:script|img|iframe|link(?![^>]*rel=\"?(?:canonical|prev|next)))[^>]*?(?:src|href)=\"?((?:https?:)?//[^\s\">]+)",
    re.IGNORECASE,
)
INNER, ITEM = re.compile(r"(?: {2})+(?=- )"), re.compile(r"- |1\. ")
ADDRESS = re.compile(r"[a-z]+:|#|/")


def elsewhere() -> dict[str, str]:
    """Pages outside docs/, by their path in the repository: where they are on the site."""
    examples = (p.relative_to(ROOT).as_posix() for p in sorted(ROOT.glob("examples/*/README.md")))
    return ELSEWHERE | {path: f"{path.removesuffix('/README.md')}.md" for path in examples}


def on_files(files: Any, config: Any) -> Any:
    """The files of docs/, and the pages from elsewhere."""
    from mkdocs.structure.files import File

    for path, uri in elsewhere().items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """The page with every link to a file of the repository put right."""
    known = {Path(f.abs_src_path).resolve(): f.src_uri for f in files if f.abs_src_path}
    origin, source = Path(page.file.abs_src_path), config.extra.get("source", "")
    return "\n".join(spaced(relink(markdown, origin, page.file.src_uri, known, source).split("\n")))


def relink(markdown: str, origin: Path, uri: str, known: Mapping[Path, str], source: str = "") -> str:
    """Links by what they lead to.

    origin: the page's file; uri: its path on the site; known: the paths on the site of files in the repository;
    source: the address of the repository's files in the web, or nothing. Code blocks and whole addresses stay as they
    are. A link to what does not exist stays, so that a strict build names it.
    """

    def put(found: re.Match[str]) -> str:
        to, _, anchor = (found["to"] or "").partition("#")
        if found["code"] or not to or ADDRESS.match(to):
            return found[0]
        target = (origin.parent / to).resolve()
        if target in known:
            return f"[{found['words']}]({relpath(known[target], dirname(uri) or '.')}{'#' * bool(anchor)}{anchor})"
        if not target.exists() or not target.is_relative_to(ROOT):
            return found[0]
        path = target.relative_to(ROOT).as_posix()
        return f"[{found['words']}]({source.rstrip('/')}/{path})" if source else found["words"]

    return FENCED_OR_LINK.sub(put, markdown)


def spaced(lines: list[str]) -> Iterator[str]:
    """The lines of a page with what the Markdown of MkDocs wants; code stays as it is."""
    code, before = False, ""
    for line in lines:
        fence = line.startswith("```")
        opens, closed = fence and not code, before.startswith("```") and not code
        begins = not code and ITEM.match(line) and not ITEM.match(before) and not before.startswith(" ")
        if before and line and (opens or closed or begins):
            yield ""
        yield line if code else INNER.sub(lambda found: found[0] * 2, line, count=1) if INNER.match(line) else line
        code, before = code ^ fence, line


def on_post_page(output: str, page: Any, config: Any) -> str:
    """The page as it is, if it loads nothing from elsewhere."""
    if found := LOADS.findall(output):
        from mkdocs.exceptions import PluginError

        raise PluginError(f"{page.file.src_uri} would load {', '.join(found)}; keep a copy under docs/")
    return output
