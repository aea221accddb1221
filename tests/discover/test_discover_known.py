"""Known answers: what is drafted of programs, containers, infrastructure and pipelines as people write them."""

import json
import pickle

import pytest
from shop import CHATBOT, SKLEARN

from casemate.define.build import from_text
from casemate.discover import discover, write
from casemate.discover.repository import Repository


def system_of(files):
    text = write.text(discover.draft(Repository.of(files)))
    return from_text(text, "casemate.yaml", {"fines": ()})


def kinds(files):
    return {c.id: c.kind for c in system_of(files).components.values()}


def flows(files):
    return [f.id for f in system_of(files).flows]


# -- models and data


def test_content_tells_a_model_and_a_name_does_not():
    files = {"a.dat": SKLEARN, "b.pkl": pickle.dumps([1]), "c.onnx": "not a model\n", "d.model": "tree\nversion=v4\n"}
    system = system_of(files)
    assert {c.id: (c.kind, c.props["format"]) for c in system.components.values()} == {
        "a": ("model", "pickle"), "b": ("model", "pickle"), "d": ("model", "lightgbm-text"),
    }  # fmt: skip


def test_a_pickle_of_a_table_is_data():
    table = b"\x80\x04cpandas.core.frame\nDataFrame\n)\x81."
    assert kinds({"t.pkl": table}) == {"t": "dataset"}


def test_many_files_of_one_form_are_one_data_set():
    files = {f"data/{n}.csv": "email,x\na,1\n" for n in range(20)} | {
        "train.py": "import pandas as pd\nfrom sklearn.svm import SVC\nSVC().fit(pd.read_csv('data/3.csv'), 1)\n"
    }
    system = system_of(files)
    assert system.components["data"].props["path"] == "data"
    assert [f.id for f in system.flows] == ["data->train"]


@pytest.mark.parametrize(
    ("header", "sensitivity"),
    [("email,x", "personal"), ("age,income", "personal"), ("age,x", None), ("temperature,pressure", None)],
)
def test_the_names_of_columns_tell_of_people(header, sensitivity):
    system = system_of({"a.csv": f"{header}\n1,2\n"})
    assert system.components["a"].props.get("sensitivity") == sensitivity


# -- training and serving

TRAIN = (
    "import argparse, yaml, joblib\nimport pandas as pd\nfrom sklearn.svm import SVC\n\n"
    "p = argparse.ArgumentParser()\np.add_argument('--data', default='data/a.csv')\nargs = p.parse_args()\n"
    "cfg = yaml.safe_load(open('params.yaml'))\nd = pd.read_csv(args.data)\njoblib.dump(SVC().fit(d, d), 'm.joblib')\n"
)


def test_a_training_is_told_with_its_recipe():
    model = system_of({"train.py": TRAIN, "params.yaml": "a: 1\n", "requirements.txt": "x==1\n"}).components["m"]
    assert model.props["recipe"] == {"code": "train.py", "settings": "params.yaml", "lock": "requirements.txt"}
    assert (model.props["trained by"], model.props["trained on"]) == (("train",), ("a",))


def test_a_schedule_tells_how_often_a_model_is_trained_anew():
    cron = (
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec:\n  schedule: '0 3 * * *'\n"
        "  jobTemplate: {spec: {template: {spec: {containers: [{image: x, command: [python, train.py]}]}}}}\n"
    )
    system = system_of({"train.py": TRAIN, "cron.yaml": cron})
    assert system.components["m"].props["retrains"] == "daily"
    assert [c.kind for c in system.components.values() if c.path == "train.py"] == ["training"]


SERVE = (
    "from fastapi import FastAPI, Depends\n{before}\napp = FastAPI({app})\n\n\n"
    "@app.post('/score'{route})\ndef score({given}):\n    return 1\n"
)
BEARER = "from fastapi.security import HTTPBearer\nscheme = HTTPBearer()"
WHO = BEARER + "\ndef who(t=Depends(scheme)):\n    return t"


@pytest.mark.parametrize(
    ("before", "app", "route", "given", "auth"),
    [
        ("", "", "", "x: int", None),
        (BEARER, "", "", "x: int, t=Depends(scheme)", "token"),
        (WHO, "", "", "x: int, w=Depends(who)", "token"),
        (WHO, "", ", dependencies=[Depends(who)]", "x: int", "token"),
        (WHO, "dependencies=[Depends(who)]", "", "x: int", "token"),
        ("from fastapi.security import APIKeyHeader\nk = APIKeyHeader(name='k')", "", "", "x=Depends(k)", "key"),
        ("def db():\n    return 1", "", "", "x=Depends(db)", None),
    ],
)
def test_how_callers_prove_who_they_are(before, app, route, given, auth):
    system = system_of({"serve.py": SERVE.format(before=before, app=app, route=route, given=given)})
    assert system.components["serve"].props.get("auth") == auth


def test_one_route_without_a_guard_leaves_it_unknown():
    text = SERVE.format(before=BEARER, app="", route="", given="t=Depends(scheme)")
    text += "@app.get('/free')\ndef free():\n    pass\n"
    assert "auth" not in system_of({"serve.py": text}).components["serve"].props


@pytest.mark.parametrize(("field", "checks"), [("float", ("schema",)), ("int | None", ("schema",)), ("str", None)])
def test_a_form_with_free_text_checks_nothing(field, checks):
    before = f"from pydantic import BaseModel\nclass Form(BaseModel):\n    x: {field}"
    system = system_of({"serve.py": SERVE.format(before=before, app="", route="", given="f: Form")})
    assert system.components["serve"].props.get("checks") == checks


def test_an_endpoint_calls_the_engine_in_a_file_that_it_imports():
    files = {
        "app/main.py": "from fastapi import FastAPI\nfrom app import scoring\n"
        "app = FastAPI()\n@app.get('/s')\ndef s(): ...\n",
        "app/scoring.py": "import joblib\nm = joblib.load('m.joblib')\n",
    }
    assert flows(files) == ["api->scoring", "caller->api", "scoring->api"]
    assert system_of(files).components["scoring"].props["runs"] == ("m",)


def test_a_model_of_a_hub_comes_from_the_public():
    system = system_of({"a.py": "from transformers import AutoModel\nAutoModel.from_pretrained('org/name')\n"})
    assert system.components["name"].props["base"] == {"model": "org/name", "origin": "public"}
    assert system.components["name"].props["pinned"] is False
    assert [f.id for f in system.flows] == ["caller->a", "model-hub->a"]


# -- agents


def test_the_chatbot_is_an_agent_with_its_tools_behind_the_api():
    system = system_of(CHATBOT)
    tools = {c.id: c.props["effect"] for c in system.components.values() if c.kind == "tool"}
    assert tools == {"look_up_order": ("read",), "refund_order": ("pay", "send", "write")}
    there = {f.id for f in system.flows}
    assert {"shop-api->assistant", "assistant->gpt-4o", "assistant->refund_order", "knowledge->assistant",
            "shop.example-reviews->ingest", "ingest->knowledge", "orders->look_up_order"} <= there  # fmt: skip
    assert system.components["gpt-4o"].props["version"] == "floating"
    assert system.zones["openai"].owner == "OpenAI"


def test_keys_in_a_configuration_of_mcp_stay_out():
    servers = {"pay": {"command": "npx", "args": ["-y", "stripe-mcp@1.2.0"], "env": {"KEY": "sk-secret"}}}
    files = {".mcp.json": json.dumps({"mcpServers": servers})}
    text = write.text(discover.draft(Repository.of(files)))
    assert "sk-secret" not in text
    pay = from_text(text, "c", {"fines": ()}).components["pay"]
    assert (pay.props["effect"], pay.props["updates"]) == (("pay",), "pinned")


# -- containers, infrastructure, pipelines


def test_a_password_in_an_address_stays_out():
    files = {"a.py": "import sqlalchemy\nsqlalchemy.create_engine('postgresql://me:hunter2@db.local:5432/orders')\n"}
    text = write.text(discover.draft(Repository.of(files)))
    assert "hunter2" not in text
    assert "  orders:" in text


def test_published_ports_and_hosts_in_settings():
    compose = (
        "x-all: &all {restart: always}\nservices:\n  web: {<<: *all, image: 'nginx:1', ports: ['443:443']}\n"
        "  api: {<<: *all, build: ., environment: ['DB=postgres://db/x'], depends_on: [db]}\n"
        "  db: {image: 'postgres@sha256:" + "0" * 64 + "', ports: ['127.0.0.1:5432:5432']}\n"
    )
    system = system_of({"compose.yaml": compose.replace("services:\n", "\nservices:\n")})
    assert {c.id: c.kind for c in system.components.values()} == {
        "api": "service", "db": "store", "image-registry": "container-registry", "web": "gateway"
    }  # fmt: skip
    assert system.components["web"].props["exposed to"] == ("internet",)
    assert "exposed to" not in system.components["db"].props
    assert (system.components["db"].props["pinned"], system.components["web"].props["pinned"]) == (True, False)
    assert {"api->db", "db->api"} <= {f.id for f in system.flows}


def test_an_ingress_lets_callers_to_the_workload_behind_its_service():
    workload = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: ml}\nspec:\n  template:\n"
        "    metadata: {labels: {app: web, tier: x}}\n    spec: {containers: [{image: 'reg.example/x:1'}]}\n"
    )
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: ml}\nspec: {selector: {app: web}}\n"
    ingress = (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: in, namespace: ml}\n"
        "spec: {rules: [{http: {paths: [{backend: {service: {name: s}}}]}}]}\n"
    )
    system = system_of({"k.yaml": "---\n".join((workload, service, ingress))})
    assert system.components["in-ingress"].props["exposed to"] == ("internet",)
    assert "in-ingress->web" in {f.id for f in system.flows}
    assert system.components["web"].zone == "k8s-ml"


def test_what_terraform_opens_and_encrypts():
    tf = (
        'resource "aws_s3_bucket" "a" {\n  bucket = "acme"\n}\nresource "aws_s3_bucket_acl" "a" {\n'
        '  bucket = aws_s3_bucket.a.id\n  acl = "public-read"\n}\nresource "aws_lb" "in" {\n  internal = true\n}\n'
        'resource "aws_db_instance" "d" {\n  storage_encrypted = true\n}\n'
    )
    system = system_of({"main.tf": tf})
    assert system.components["a"].props["readers"].who == ("internet",)
    assert system.components["a"].props["resource"] == ("arn:aws:s3:::acme",)
    assert system.components["d"].props["encrypted"] is True
    assert "exposed to" not in system.components["in"].props


@pytest.mark.parametrize(
    ("uses", "pinned"), [("actions/checkout@v4", False), ("actions/checkout@" + "a" * 40, True), ("./local", None)]
)
def test_an_action_is_pinned_by_a_commit_alone(uses, pinned):
    text = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{{uses: {uses}}}]\n"
    ci = system_of({".github/workflows/x.yml": text}).components["ci-x"]
    assert (ci.props.get("pinned"), ci.zone) == (pinned, "github")


def test_packages_are_pinned_by_digests_and_the_nearest_list_counts():
    train = "from sklearn.svm import SVC\nSVC().fit(1, 2)\n"
    files = {
        "requirements.txt": "x==1\n",
        "train.py": train,
        "inner/train2.py": train,
        "inner/requirements.txt": "x==1 --hash=sha256:" + "0" * 64 + "\n",
    }
    system = system_of(files)
    assert (system.components["train"].props["pinned"], system.components["train2"].props["pinned"]) == (False, True)
    assert "package-index->train" in {f.id for f in system.flows}


# -- what is the same thing under two names


def test_an_address_in_a_bucket_that_terraform_declares_is_that_bucket():
    files = {
        "train.py": "import pandas as pd, joblib\nfrom sklearn.svm import SVC\n"
        "x = pd.read_parquet('s3://lake/rows.parquet')\njoblib.dump(SVC().fit(x), 'm.joblib')\n",
        "infra/main.tf": 'resource "aws_s3_bucket" "raw" {\n  bucket = "lake"\n}\n',
    }
    assert kinds(files) == {"m": "model", "raw": "store", "train": "training"}
    assert "raw->train" in flows(files)


def test_a_model_that_is_registered_is_the_one_that_is_loaded_by_its_name():
    files = {
        "train.py": "import mlflow.sklearn\nfrom sklearn.svm import SVC\n"
        "mlflow.sklearn.log_model(SVC().fit(x), 'model', registered_model_name='wine')\n",
        "serve.py": "import mlflow.pyfunc\nmodel = mlflow.pyfunc.load_model('models:/wine/Production')\n",
    }
    system = system_of(files)
    assert kinds(files) == {
        "model-registry": "model-registry", "serve": "inference", "train": "training", "wine": "model",
    }  # fmt: skip
    assert system.components["wine"].props["trained by"] == ("train",)
    assert flows(files)[1:] == ["model-registry->serve", "train->model-registry"]


def test_an_ingress_reaches_what_kserve_serves_by_the_name_that_kserve_gives_it():
    files = {
        "k.yaml": "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: wine}\n"
        "spec: {predictor: {model: {modelFormat: {name: sklearn}, storageUri: 's3://m/wine'}}}\n---\n"
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\n"
        "spec: {rules: [{http: {paths: [{backend: {service: {name: wine-predictor}}}]}}]}\n"
    }
    assert "web-ingress->default-wine" in flows(files) or "web-ingress->wine" in flows(files)


def test_a_program_that_fills_an_index_brings_in_what_it_reads():
    files = {
        "ingest.py": "from langchain_community.document_loaders import WebBaseLoader\n"
        "from langchain_community.vectorstores import Chroma\n"
        "docs = WebBaseLoader('https://docs.example.com').load()\n"
        "Chroma.from_documents(docs, e, persist_directory='kb')\n",
        "chat.py": "from langchain_openai import ChatOpenAI\nfrom langchain_community.vectorstores import Chroma\n"
        "llm = ChatOpenAI(model='gpt-4o')\nkb = Chroma(persist_directory='kb')\n",
    }
    assert {"docs.example.com->ingest", "ingest->knowledge", "knowledge->chat"} <= set(flows(files))
    assert system_of(files).components["docs.example.com"].zone == "internet"
