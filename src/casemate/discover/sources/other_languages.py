"""Programs in JavaScript, TypeScript, Java, Kotlin, Scala, R, Go, Rust, C# and C++: read by their lines, not parsed.

What answers requests is an endpoint, what loads a model an engine, what writes one a training, what makes pages of R's
Shiny a web application. Only words of known libraries count, with the import of the library in the same file; what is
written over several lines is missed, and the draft asks. Language models and tools are in other_agents.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from posixpath import normpath

from casemate.discover import lines, paths
from casemate.discover.flows import IMPORTS
from casemate.discover.repository import File, Repository
from casemate.discover.sighting import At, Found

MOST_ROUTES = 200  # of one file
IMPORT = re.compile(r"""(?:\bfrom|\brequire\(|\bimport\()\s*["'](\.{1,2}/[^"'\n]{1,200})["']""")
ENDS = ("", ".ts", ".tsx", ".js", ".jsx", ".mjs", "/index.ts", "/index.js")
MOST_IMPORTS = 200
WEB = re.compile(
    r"[\"'](?:express|fastify|koa|hono|@hapi/hapi|@nestjs/common|restify)[\"'/]|springframework\.web|javax?\.ws\.rs"
    r"|jakarta\.ws\.rs|io\.micronaut|io\.javalin|io\.ktor|net/http|gin-gonic|labstack/echo|gofiber|go-chi|gorilla/mux"
    r"|axum|actix_web|rocket|Microsoft\.AspNetCore|WebApplication\.Create|library\(plumber\)|^#\*\s*@(?:get|post)",
    re.MULTILINE,
)
ROUTE = re.compile(
    r"\.(?:get|post|put|patch|delete|all|GET|POST|PUT|Get|Post|Put|HandleFunc|Handle|MapGet|MapPost|route|add)"
    r"\(\s*[\"'`](/[^\"'`\n]{0,60})[\"'`]"
    r"|@(?:Get|Post|Put|Delete|Patch|Request)Mapping\((?:[\w ]{1,12}=\s*)?[\"{ ]*(/?[^\"\n)]{0,60})"
    r"|@Path\(\"([^\"\n]{0,60})|@(?:Get|Post)\([\"']?([^\"')\n]{0,60})|^#\*\s*@(?:get|post|put)\s+(/\S{0,60})"
    r"|\[Http(?:Get|Post)(?:\(\"([^\"\n]{0,60}))?|#\[(?:get|post|put)\(\"(/[^\"\n]{0,60})",
    re.MULTILINE,
)
NEXT = re.compile(r"^export\s+(?:async\s+function|const)\s+(?:POST|GET|PUT|PATCH)\b", re.MULTILINE)
SHINY = re.compile(r"\bshinyApp\s*\(")
LOADS = re.compile(
    r"createSession\(|InferenceSession(?:\.create)?\(|\breadRDS\(|loadGraphModel\(|loadLayersModel\(|xgb\.load\("
    r"|load_model_\w+\(|SavedModelBundle\.load\(|XGBoost\.loadModel\(|NewAdvancedSession\(|commit_from_file\("
    r"|CModule::load|Ort::Session\b|Model\.Load\(|h2o\.loadModel\("
)
WRITES = re.compile(r"\bsaveRDS\(|\bxgb\.save\(|\.saveModel\(|save_model_\w+\(|h2o\.saveModel\(|lgb\.save\(")
MODEL = re.compile(
    r"[\"']([^\"'\n]{1,200}\.(?:onnx|pb|rds|pmml|mojo|tflite|ubj|xgb|cbm|h5|keras|gguf|pt|bst|model\.json))[\"']", re.I
)
READS = re.compile(r"\b(?:read[._]csv2?|fread|read_parquet|read_feather|readRDS)\(\s*[\"']([^\"'\n]{1,200})[\"']")


def look(repo: Repository) -> Iterator[Found]:
    """What every file of these languages shows."""
    for f, text in lines.programs(repo):
        yield from _file(repo, f, text)


def _file(repo: Repository, f: File, text: str) -> Iterator[Found]:
    routes = _routes(f, text)
    if routes:
        here = At(f.path, routes[0][1])
        shown = ", ".join(dict.fromkeys(r for r, _ in routes))[:80]
        yield from here.is_a(f.path, "endpoint", f"answers {shown}", lines.called(f))
        yield here.has(f.path, "path", f.path, "its code")
    elif found := SHINY.search(text):
        yield from lines.at(f, text, found.start()).is_a(f.path, "web-app", "Shiny makes pages of it", lines.called(f))
    if found := WRITES.search(text):
        yield from _trains(repo, f, text, found)
    elif found := LOADS.search(text):
        yield from _engine(repo, f, text, found, bool(routes))
    yield from _imports(repo, f, text)


def _imports(repo: Repository, f: File, text: str) -> Iterator[Found]:
    """The files of ours that a program in JavaScript or TypeScript imports by a path."""
    for found in islice(IMPORT.finditer(text), MOST_IMPORTS):
        path = normpath(f"{f.folder}/{found[1]}").lstrip("/")
        tried = [path + end for end in ENDS] + [path.removesuffix(".js") + ".ts"]
        if there := next((t for t in tried if t in repo.files), ""):
            yield lines.at(f, text, found.start()).has(f.path, IMPORTS, there, "imported there")


def _routes(f: File, text: str) -> list[tuple[str, int]]:
    """(address, line) of what a file answers."""
    if f.name.startswith("route.") and (found := NEXT.search(text)):
        return [("/" + f.folder.partition("app/")[2], lines.at(f, text, found.start()).line)]
    out = []
    for found in islice(ROUTE.finditer(text), MOST_ROUTES) if WEB.search(text) else ():
        said = next((g for g in found.groups() if g is not None), "")
        out.append(("/" + said.lstrip("/"), lines.at(f, text, found.start()).line))
    return out


def _models(repo: Repository, f: File, text: str) -> list[tuple[paths.Meant, At]]:
    """The model files that a program names."""
    return [(one, lines.at(f, text, found.start())) for found in list(MODEL.finditer(text))[:20]
            for one in paths.meant(repo, f.folder, [found[1]])]  # fmt: skip


def _engine(repo: Repository, f: File, text: str, found: re.Match[str], routes: bool) -> Iterator[Found]:
    models = _models(repo, f, text)
    if not models:
        return
    key, here = f"{f.path}#engine", lines.at(f, text, found.start())
    yield from here.is_a(key, "inference", "loads a model", f"{lines.called(f)}-engine" if routes else lines.called(f))
    yield here.has(key, "path", f.path, "its code")
    for one, at in models:
        yield from _model(at, one, "named by what loads a model")
        yield at.has(key, "runs", one.path, "named by what loads a model")
    yield here.flow(f.path, key, "input", "the model is loaded in the same file")
    yield here.flow(key, f.path, "answer", "the model is loaded in the same file")


def _trains(repo: Repository, f: File, text: str, found: re.Match[str]) -> Iterator[Found]:
    models = _models(repo, f, text)
    if not models:
        return
    here = lines.at(f, text, found.start())
    yield from here.is_a(f.path, "training", "writes a model", lines.called(f))
    yield here.has(f.path, "path", f.path, "its code")
    for one, at in models:
        yield from _model(at, one, "named by what writes a model")
        yield at.has(one.path, "trained by", f.path, "it writes it")
        yield at.flow(f.path, one.path, "model", "it writes it")
    for read in list(READS.finditer(text))[:20]:
        at = lines.at(f, text, read.start())
        for data in paths.meant(repo, f.folder, [read[1]]) if not MODEL.search(f"'{read[1]}'") else ():
            if data.kind != "remote":
                yield from at.is_a(data.path, "dataset", "read there", data.path.rpartition("/")[2].partition(".")[0])
                yield at.flow(data.path, f.path, "training set", "read there")
                for one, _ in models:
                    yield at.has(one.path, "trained on", data.path, "read by that program")


def _model(at: At, one: paths.Meant, why: str) -> Iterator[Found]:
    yield from at.is_a(one.path, "model", why, one.path.rpartition("/")[2].partition(".")[0])
    if one.kind != "remote":
        missing = "" if one.kind == "file" else "; it is not in the repository"
        yield at.has(one.path, "path", one.path, f"{why}{missing}")
