"""A small repository for each source, in which it sees something: (files, kinds that it must see)."""

import pickle

PICKLE = b"\x80\x04csklearn.linear_model._logistic\nLogisticRegression\n)\x81."

# fmt: off
EXAMPLES = {
    "agents": (
        {
            "bot.py": "from openai import OpenAI\n\n\ndef refund(order):\n    'Pay back.'\n\n\n"
            "OpenAI().chat.completions.create(model='gpt-4o', tools=[refund],\n"
            "    messages=[{'role': 'system', 'content': 'x'}])\n",
        },
        {"agent", "llm", "tool"},
    ),
    "ci": (
        {
            ".github/workflows/build.yml":
            "name: Build\non: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
            "      - uses: actions/checkout@v4\n      - run: docker push x\n"
            "        env: {T: '${{ secrets.REGISTRY }}'}\n",
            ".gitlab-ci.yml": "train:\n  image: python:3.12\n  script:\n    - pip install -r requirements.txt\n",
        },
        {"ci", "package-registry", "credential-store", "container-registry"},
    ),
    "compose": (
        {
            "docker-compose.yml": "services:\n  api:\n    image: shop/api\n    ports: ['80:80']\n    environment:\n"
            "      DB: postgres://u:p@db:5432/x\n  db:\n    image: postgres:16\n",
        },
        {"service", "store", "container-registry"},
    ),
    "data-files": ({"data/people.csv": "email,amount\na@b.c,1\n", "x.bin": b"PAR1\0\0\0\0"}, {"dataset"}),
    "databases": ({"db.py": "import sqlite3\n\nsqlite3.connect('orders.db')\n"}, {"store"}),
    "imports": ({"a.py": "from b import x\n", "b.py": "x = 1\n"}, set()),
    "kubernetes": (
        {
            "k.yaml":
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: ml}\nspec:\n  template:\n"
            "    metadata: {labels: {app: web}}\n    spec:\n      containers: [{image: 'reg.example/x:1'}]\n---\n"
            "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: ml}\n"
            "spec: {type: LoadBalancer, selector: {app: web}}\n---\n"
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: in, namespace: ml}\n"
            "spec: {rules: [{http: {paths: [{backend: {service: {name: web}}}]}}]}\n---\n"
            "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: score, namespace: ml}\n"
            "spec: {predictor: {model: {modelFormat: {name: sklearn}, storageUri: 's3://models/score'}}}\n",
        },
        {"service", "gateway", "inference", "model", "container-registry"},
    ),
    "mcp": (
        {".mcp.json": '{"mcpServers": {\n  "files": {"command": "npx", "args": ["-y", "server-filesystem", "/"]}}}\n'},
        {"agent", "tool"},
    ),
    "models": ({"m.pkl": PICKLE, "t.pkl": pickle.dumps([1, 2]), "x.json": '{"learner": {}}'}, {"model"}),
    "packages": ({"requirements.txt": "numpy==1.26.0\n"}, {"package-registry"}),
    "scripts": (
        {
            "train.py":
            "import joblib\nimport pandas as pd\nfrom sklearn.svm import SVC\n\nd = pd.read_csv('data/x.csv')\n"
            "m = SVC().fit(d, d)\njoblib.dump(m, 'm.joblib')\n",
        },
        {"training", "dataset", "model"},
    ),
    "serving": (
        {
            "serve.py":
            "import joblib\nfrom fastapi import FastAPI\n\napp = FastAPI()\nm = joblib.load('m.joblib')\n\n\n"
            "@app.post('/score')\ndef score(x: float):\n    return m.predict([[x]])\n",
        },
        {"endpoint", "inference", "model"},
    ),
    "terraform": (
        {
            "main.tf": 'resource "aws_s3_bucket" "data" {\n  bucket = "acme-data"\n}\n\nresource "aws_lb" "in" {\n'
            "  internal = false\n}\n",
        },
        {"store", "gateway"},
    ),
    "dvc": (
        {
            "dvc.yaml":
            "stages:\n  prepare:\n    cmd: python prepare.py\n    deps: [data/raw.csv]\n    outs: [data/clean.csv]\n"
            "  fit:\n    cmd: Rscript fit.R\n    deps: [fit.R, data/clean.csv]\n    outs:\n      - gbm.rds:\n"
            "          cache: false\n",
            "fit.R": "saveRDS(1, 'gbm.rds')\n",
            "data/raw.csv.dvc": "outs:\n- md5: 0\n  path: raw.csv\n",
        },
        {"training", "preprocessing", "model", "dataset"},
    ),
    "fitted": (
        {
            "app.py":
            "from flask import Flask\nfrom sklearn.svm import SVC\nimport pandas as pd\n\napp = Flask(__name__)\n"
            "m = SVC().fit(pd.read_csv('x.csv'), [0])\n\n\n@app.post('/score')\ndef score():\n    return m.predict(0)",
        },
        {"model", "inference"},
    ),
    "kedro": (
        {
            "conf/base/catalog.yml":
            "rows:\n  type: pandas.CSVDataset\n  filepath: data/rows.csv\nregressor:\n"
            "  type: pickle.PickleDataset\n  filepath: data/regressor.pkl\n",
            "src/shop/pipeline.py":
            "from kedro.pipeline import node, pipeline\nfrom .nodes import fit\n\n"
            "p = pipeline([node(fit, ['rows'], 'regressor')])\n",
            "src/shop/nodes.py": "def fit(rows):\n    return rows\n",
        },
        {"dataset", "model", "training"},
    ),
    "orchestrators": (
        {
            "dags/weekly.py":
            "from airflow import DAG\nfrom airflow.operators.bash import BashOperator\n\n"
            "with DAG('weekly', schedule='@weekly'):\n    BashOperator(task_id='t', bash_command='python fit.py')\n",
            "fit.py": "pass\n",
        },
        {"ci"},
    ),
    "other-agents": (
        {
            "web/app/api/chat/route.ts":
            'import OpenAI from "openai";\n\nexport async function POST(req: Request) {\n'
            '  return new OpenAI().chat.completions.create({ model: "gpt-4o" });\n}\n',
            "tools.ts":
            'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\n'
            'server.tool("delete_file", {}, async () => 1);\n',
        },
        {"service", "llm", "tool"},
    ),
    "other-languages": (
        {
            "Scorer.java":
            "import org.springframework.web.bind.annotation.*;\n\nclass Scorer {\n"
            '  OrtSession s = env.createSession("score.onnx");\n  @PostMapping("/score") int score() { return 0; }\n}',
            "fit.R": "d <- read.csv('rows.csv')\nsaveRDS(lm(y ~ x, d), 'fit.rds')\n",
            "app.R": "library(shiny)\nshinyApp(ui, server)\n",
        },
        {"endpoint", "inference", "model", "training", "dataset", "web-app"},
    ),
    "triton": (
        {
            "models/resnet/config.pbtxt": 'platform: "onnxruntime_onnx"\ninput [\n  {\n    name: "x"\n  }\n]\n',
            "models/resnet/1/model.onnx": b"\x08",
        },
        {"inference", "model"},
    ),
    "web-apps": (
        {
            "page.py": "import streamlit as st\n\nst.write(1)\n",
            "demo.py": "import gradio as gr\n\ngr.Interface(f, 'text', 'text').launch(share=True, auth=('a', 'b'))\n",
        },
        {"web-app"},
    ),
}
