"""Repositories as strangers write them, each by what a person would expect to see in the draft of it."""

import json

import pytest

from casemate.discover import discover
from casemate.discover.repository import Repository


def drafted(files):
    """Kinds by ids, and flows."""
    d = discover.draft(Repository.of(files))
    return {p.id: p.kind for p in d.parts}, {f"{e.source}->{e.target}" for e in d.edges}


def facts(files, id):
    """The properties of one component."""
    d = discover.draft(Repository.of(files))
    found = next(p for p in d.parts if p.id == id)
    return {name: fact.values for name, fact in found.facts.items()}


ASGI = """\
import joblib
MODEL = joblib.load("m.joblib")
async def app(scope, receive, send):
    if scope["path"] == "/predict":
        await send({"type": "http.response.start", "status": 200})
"""
ASGI_CLASS = ASGI.replace("async def app(scope", "class App:\n  async def __call__(self, scope").replace(
    "\n    ", "\n      "
)
WSGI = """\
import joblib
def application(environ, start_response):
    start_response("200 OK", [])
    return [str(joblib.load("m.joblib").predict([[1]])).encode()]
"""
SERVER = """\
import joblib
from http.server import BaseHTTPRequestHandler
class Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        joblib.load("m.joblib")
"""
DJANGO = """\
import joblib
from django.urls import path
from . import views
MODEL = joblib.load("m.joblib")
urlpatterns = [path("score/", views.score)]
"""
RAY = """\
import joblib
from ray import serve
@serve.deployment
class Scorer:
    def __init__(self):
        self.m = joblib.load("m.joblib")
"""


STARLETTE = """\
import joblib
from starlette.applications import Starlette
from starlette.routing import Route
MODEL = joblib.load("m.joblib")
app = Starlette(routes=[Route("/score", lambda request: MODEL, methods=["POST"])])
"""
AIOHTTP = """\
import joblib
from aiohttp import web
async def score(request):
    return joblib.load("m.joblib")
app = web.Application()
app.router.add_post("/score", score)
"""
GRPC = """\
import joblib
import score_pb2_grpc
class Scorer(score_pb2_grpc.ScorerServicer):
    def Score(self, request, context):
        return joblib.load("m.joblib")
"""


@pytest.mark.parametrize("code", [ASGI, ASGI_CLASS, WSGI, SERVER, DJANGO, RAY, STARLETTE, AIOHTTP, GRPC])
def test_what_answers_requests_without_a_web_framework_is_an_endpoint_with_its_engine(code):
    kinds, flows = drafted({"shop/score.py": code})
    assert kinds == {"score": "endpoint", "score-engine": "inference", "m": "model"}
    assert flows == {"caller->score", "score->score-engine", "score-engine->score"}


MIDDLEWARE = """\
class Log:
    def __init__(self, app):
        self.app = app
    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)
def logged(app):
    def inner(environ, start_response):
        return app(environ, start_response)
    return inner
"""


def test_middleware_answers_nothing_and_is_none():
    assert drafted({"log.py": MIDDLEWARE}) == ({}, set())


IN_PROCESS = """\
from flask import Flask
from sklearn.svm import SVC
app = Flask(__name__)
model = SVC()
model.fit([[0], [1]], [0, 1])
@app.post("/score")
def score():
    return str(model.predict([[1]]))
"""
OWN_LEARNER = """\
class Prices:
    def learn(self, rows):
        self.mean = sum(rows) / len(rows)
    def predict(self):
        return self.mean
"""


def test_a_model_that_is_fitted_where_requests_are_answered_is_seen_without_a_file():
    kinds, flows = drafted({"score.py": IN_PROCESS})
    assert kinds == {"score": "endpoint", "score-engine": "inference", "score-model": "model"}
    assert "score->score-engine" in flows


def test_a_learner_that_people_wrote_counts_where_a_service_imports_it():
    service = ASGI.replace('import joblib\nMODEL = joblib.load("m.joblib")', "from prices import Prices")
    kinds, flows = drafted({"service.py": service, "prices.py": OWN_LEARNER})
    assert kinds == {"service": "endpoint", "prices-engine": "inference", "prices-model": "model"}
    assert {"service->prices-engine", "prices-engine->service"} <= flows


@pytest.mark.parametrize("code", [OWN_LEARNER, "from sklearn.svm import SVC\nSVC().fit([[0]], [0])\n"])
def test_what_is_fitted_and_never_asked_by_others_is_no_model_of_the_system(code):
    assert "model" not in drafted({"trial.py": code})[0].values()


def test_what_is_fitted_to_prepare_rows_is_no_model():
    code = IN_PROCESS.replace("SVC", "StandardScaler").replace("sklearn.svm", "sklearn.preprocessing")
    assert drafted({"score.py": code})[0] == {"score": "endpoint"}


def test_a_model_that_takes_in_rows_where_it_answers_learns_online():
    code = IN_PROCESS.replace("model.fit(", "model.partial_fit(")
    assert facts({"score.py": code}, "score-model")["learns online"] == ("yes",)
    assert "learns online" not in facts({"score.py": IN_PROCESS}, "score-model")


def test_the_names_of_a_loop_over_what_is_written_out_are_the_files_that_it_writes():
    code = """\
import torch
from pathlib import Path
OUT = Path("artifacts")
def main():
    for name, size in (("plain", 1), ("wide", 2)):
        save(size, OUT / f"{name}.pt")
def save(model, path):
    torch.save(model, path)
def other():
    for name in ("a", "b"):
        print(f"{name}.pt")
"""
    kinds, _ = drafted({"train.py": code})
    assert kinds == {"train": "training", "plain": "model", "wide": "model"}


def test_pages_of_streamlit_are_one_web_app_with_its_model_and_helpers_are_none():
    page = "import streamlit as st\nimport joblib\nm = joblib.load('m.joblib')\nst.write(m.predict([[1]]))\n"
    helper = "import streamlit as st\ndef title(text):\n    st.title(text)\n"
    kinds, flows = drafted(
        {
            "shop/score.py": page,
            "shop/helper.py": helper,
            "shop/pages/about.py": "import streamlit as st\nst.write(1)\n",
        }
    )
    assert kinds == {"score": "web-app", "score-engine": "inference", "m": "model"}
    assert flows == {"caller->score", "score->score-engine", "score-engine->score"}


def test_gradio_that_is_shared_is_open_to_the_internet():
    code = "import gradio as gr\ngr.ChatInterface(print).launch(share=True)\n"
    assert facts({"chat.py": code}, "chat")["exposed to"] == ("internet",)


COMPOSE = """\
services:
  llm:
    image: vllm/vllm-openai:v0.6
    command: --model meta-llama/Llama-3.1-8B-Instruct --port 8000
  local:
    image: ollama/ollama
  triton:
    image: nvcr.io/nvidia/tritonserver:24.05-py3
    volumes: ["./models:/models"]
"""
CONFIG = 'name: "resnet"\nplatform: "onnxruntime_onnx"\ninput [\n  {\n    name: "x"\n  }\n]\n'


def test_an_engine_for_language_models_says_which_model_it_fetches():
    files = {"docker-compose.yml": COMPOSE}
    assert facts(files, "llm")["base.model"] == ("meta-llama/Llama-3.1-8B-Instruct",)
    assert "base.model" not in facts(files, "local")
    assert "model-hub->llm" in drafted(files)[1]


def test_what_is_built_upon_an_engine_for_language_models_is_one():
    compose = "services:\n  llm:\n    build: llm\n    command: --model Qwen/Qwen2.5-7B-Instruct\n  web:\n    build: .\n"
    files = {
        "compose.yaml": compose,
        "llm/Dockerfile": "FROM a AS b\nFROM vllm/vllm-openai:v0.6\n",
        "Dockerfile": "FROM nginx\n",
    }
    kinds, _ = drafted(files)
    assert (kinds["llm"], kinds["web"]) == ("llm", "service")
    assert facts(files, "llm")["base.model"] == ("Qwen/Qwen2.5-7B-Instruct",)


def test_the_models_of_a_triton_repository_run_in_the_container_that_is_given_it():
    files = {"docker-compose.yml": COMPOSE, "models/resnet/config.pbtxt": CONFIG, "models/resnet/1/model.onnx": b"\x08",
             "models/all/config.pbtxt": 'platform: "ensemble"\n'}  # fmt: skip
    assert facts(files, "triton")["runs"] == ("resnet",)
    assert facts(files, "resnet")["path"] == ("models/resnet/1/model.onnx",)
    assert "all" not in drafted(files)[0]


DVC = """\
stages:
  prepare: {cmd: python src/prepare.py, deps: [data/raw.csv], outs: [data/clean.csv]}
  fit:
    cmd: Rscript fit.R
    deps: [fit.R, data/clean.csv]
    outs:
      - models/gbm.rds: {cache: false}
    metrics: [metrics.json]
"""


def test_stages_of_dvc_are_programs_with_what_they_read_and_write():
    kinds, flows = drafted({"dvc.yaml": DVC, "src/prepare.py": "", "fit.R": ""})
    assert kinds == {
        "prepare": "preprocessing",
        "raw": "dataset",
        "clean": "dataset",
        "fit": "training",
        "gbm": "model",
    }
    assert {"raw->prepare", "prepare->clean", "clean->fit", "fit->gbm"} <= flows


def test_a_dag_starts_the_training_whose_function_it_is_given_and_says_how_often():
    dag = (
        "from airflow import DAG\nfrom airflow.operators.python import PythonOperator\nfrom ml.fit import main\n"
        "with DAG('weekly', schedule='@weekly'):\n    PythonOperator(task_id='t', python_callable=main)\n"
    )
    fit = "import joblib\nfrom sklearn.svm import SVC\ndef main():\n    joblib.dump(SVC().fit([], []), 'm.joblib')\n"
    files = {"dags/train_weekly.py": dag, "ml/fit.py": fit}
    assert drafted(files)[0] == {"train_weekly": "ci", "fit": "training", "m": "model"}
    assert "train_weekly->fit" in drafted(files)[1]
    assert facts(files, "m")["retrains"] == ("weekly",)
    assert not discover.draft(Repository.of(files)).unread


def test_names_in_the_catalog_of_kedro_join_a_node_to_its_data_and_its_model():
    catalog = (
        "rows:\n  type: pandas.CSVDataset\n  filepath: data/rows.csv\n"
        "regressor:\n  type: pickle.PickleDataset\n  filepath: data/regressor.pkl\n"
    )
    pipeline = "from kedro.pipeline import node\nfrom .nodes import fit\nn = node(fit, ['rows'], 'regressor')\n"
    files = {"conf/base/catalog.yml": catalog, "src/x/pipeline.py": pipeline, "src/x/nodes.py": "def fit(rows): ...\n"}
    assert drafted(files) == (
        {"rows": "dataset", "regressor": "model", "nodes": "training"},
        {"rows->nodes", "nodes->regressor", "caller->regressor"},
    )


JAVA = """\
import org.springframework.web.bind.annotation.*;
class Scorer {
  OrtSession s = env.createSession("models/score.onnx");
  @PostMapping("/score") float score() { return 0; }
}
"""
PLUMBER = "library(plumber)\nm <- readRDS('fit.rds')\n#* @post /score\nfunction(req) predict(m, req$body)\n"
FIT_R = "d <- read.csv('rows.csv')\nsaveRDS(lm(y ~ x, d), 'fit.rds')\n"


def test_a_repository_of_java_and_r_alone_is_read_by_its_lines():
    kinds, flows = drafted({"Scorer.java": JAVA, "plumber.R": PLUMBER, "fit.R": FIT_R})
    assert kinds == {
        "Scorer": "endpoint", "Scorer-engine": "inference", "score": "model", "plumber": "endpoint",
        "plumber-engine": "inference", "fit": "training", "fit-model": "model", "rows": "dataset",
    }  # fmt: skip
    assert {"Scorer->Scorer-engine", "plumber->plumber-engine", "rows->fit", "fit->fit-model"} <= flows


NEXT = """\
import OpenAI from "openai";
export async function POST(req: Request) {
  return new OpenAI().chat.completions.create({ model: "gpt-4o", tools: [lookUp] });
}
"""


def test_a_route_of_next_that_asks_a_language_model_with_tools_is_an_endpoint_before_an_agent():
    kinds, flows = drafted({"web/app/api/chat/route.ts": NEXT})
    assert sorted(kinds.values()) == ["agent", "endpoint", "llm"]
    assert "chat-agent->gpt-4o" in flows


NEST = """\
import { Controller, Post } from '@nestjs/common';
import { Answers } from '../services/answers';
@Controller('chat')
export class Chat {
  @Post() chat() { return answers.ask(); }
}
"""
ANSWERS = """\
import OpenAI from 'openai';
openai.chat.completions.create({
  model: process.env.MODEL || 'gpt-4o',
  tools: [{ type: 'function', function: { name: 'delete-task' } }],
});
"""


def test_a_controller_reaches_the_agent_that_it_imports_with_the_tools_that_it_declares():
    files = {"src/controllers/chat.ts": NEST, "src/services/answers.ts": ANSWERS, "dist/answers.js": ANSWERS}
    kinds, flows = drafted(files)
    assert kinds == {"chat": "endpoint", "answers": "agent", "gpt-4o": "llm", "delete-task": "tool"}
    assert {"chat->answers", "answers->delete-task", "answers->gpt-4o"} <= flows
    assert facts(files, "delete-task")["effect"] == ("destructive",)


def test_a_call_without_the_name_of_a_model_asks_whom_the_library_asks():
    code = "import OpenAI from 'openai';\nopenai.responses.create({ model: name });\n"
    assert drafted({"ask.ts": code})[0] == {"ask": "service", "language-model": "llm"}
    assert drafted({"ask.ts": "import OpenAI from 'openai';\n"})[0] == {}


def test_web_words_without_the_library_are_no_routes():
    assert drafted({"a.ts": 'cache.get("/score");\n', "b.go": 'm.Get("/x")\n'}) == ({}, set())


def test_tools_that_a_graph_is_given_without_a_decorator_are_seen():
    code = """\
from langchain_openai import ChatOpenAI
from langgraph.prebuilt import ToolNode
def send_mail(to: str):
    "Send."
llm = ChatOpenAI(model="gpt-4o").bind_tools([send_mail])
tools = ToolNode([send_mail])
"""
    kinds, flows = drafted({"graph.py": code})
    assert kinds == {"graph": "agent", "send_mail": "tool", "gpt-4o": "llm"}
    assert "graph->send_mail" in flows


MCP = """\
import mcp.types as types
from mcp.server.lowlevel import Server
server = Server("files")
@server.list_tools()
async def tools():
    return [types.Tool(name="delete_file", inputSchema={})]
"""


def test_a_server_of_mcp_is_one_tool_that_can_do_what_its_functions_do():
    assert drafted({"files.py": MCP})[0] == {"files": "tool"}
    assert facts({"files.py": MCP}, "files")["effect"] == ("destructive",)


def test_code_in_a_notebook_alone_is_enough():
    cells = [
        "import pandas as pd\nd = pd.read_csv('rows.csv')\n",
        "import xgboost\nm = xgboost.XGBClassifier()\nm.fit(d, d)\n",
        "m.save_model('model.json')\n",
    ]
    book = {"nbformat": 4, "cells": [{"cell_type": "code", "source": c.splitlines(keepends=True)} for c in cells]}
    assert drafted({"a.ipynb": json.dumps(book, indent=1)})[0] == {"a": "training", "rows": "dataset", "model": "model"}


def test_tools_that_langchain_makes_of_names_and_agents_that_run_code_can_do_what_they_do():
    code = """\
from langchain.llms import OpenAI
from langchain.agents import initialize_agent, load_tools
from langchain_experimental.agents import create_csv_agent
llm = OpenAI(temperature=0)
agent = initialize_agent(load_tools(["wikipedia", "terminal"], llm=llm), llm)
rows = create_csv_agent(llm, "a.csv", allow_dangerous_code=True)
"""
    kinds, _ = drafted({"helper.py": code})
    assert kinds == {
        "helper": "agent", "wikipedia": "tool", "terminal": "tool", "create_csv_agent": "tool", "language-model": "llm",
    }  # fmt: skip
    assert facts({"helper.py": code}, "terminal")["effect"] == ("exec",)
    assert facts({"helper.py": code}, "create_csv_agent")["effect"] == ("exec",)


def test_a_language_model_that_a_program_makes_without_a_name_is_the_librarys_own():
    code = """\
from fastapi import FastAPI
from langchain_openai import ChatOpenAI
app = FastAPI()
llm = ChatOpenAI(temperature=0)
@app.post("/ask")
def ask(text: str):
    return llm.invoke(text)
"""
    kinds, flows = drafted({"ask.py": code})
    assert kinds == {"ask": "endpoint", "language-model": "llm"}
    assert flows == {"caller->ask", "ask->language-model", "language-model->ask"}


def test_a_model_whose_path_is_not_written_out_is_seen_where_no_file_here_may_be_it():
    code = "import pickle\nfrom config import PATH\nm = pickle.load(open(PATH, 'rb'))\n"
    assert drafted({"score.py": code})[0] == {"score": "inference", "score-model": "model"}
    assert facts({"score.py": code}, "score-model")["format"] == ("pickle",)
    assert "score-model" not in drafted({"score.py": code, "other.pkl": b"\x80\x04]\x94."})[0]


WORKFLOW = """\
name: review
on: {on}
jobs:
  review:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {{ref: "${{{{ github.event.pull_request.head.sha }}}}"}}
      - run: python bot.py {said}
"""
TITLE = '"${{ github.event.pull_request.title }}"'


@pytest.mark.parametrize(
    ("on", "said", "sent"),
    [
        ("[pull_request_target]", "", "code"),
        ("{issues: {types: [opened]}}", TITLE, "words"),
        ("pull_request_target", TITLE, "code and words"),
        ("pull_request", "", None),  # it runs without our keys
        ("push", "${{ github.sha }}", None),
    ],
)
def test_what_strangers_propose_reaches_a_run_that_has_our_keys(on, said, sent):
    files = {".github/workflows/review.yml": WORKFLOW.format(on=on, said=said)}
    d = discover.draft(Repository.of(files))
    found = [e.data for e in d.edges if (e.source, e.target) == ("pull-requests", "ci-review")]
    assert found == ([] if sent is None else [sent])
    assert ("contributor->pull-requests" in {f"{e.source}->{e.target}" for e in d.edges}) == (sent is not None)


def test_an_extra_index_stands_beside_the_default_one():
    kinds, _ = drafted({"requirements.txt": "--extra-index-url http://x.example/simple\nnumpy==2.1.0\n", "t.py": ""})
    assert [kinds[i] for i in ("package-index", "x.example")] == ["package-registry"] * 2
