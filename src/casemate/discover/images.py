"""What a container is, by the name of its image; and which programs of the repository a command line starts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from posixpath import normpath

from casemate.discover import hubs
from casemate.discover.repository import Repository
from casemate.discover.sighting import At, Sighting

KINDS: tuple[tuple[str, str], ...] = (
    (r"vllm|text-generation-inference|ollama|llama\.?cpp|lmdeploy|sglang|localai", "llm"),
    (r"tritonserver|torchserve|tensorflow/serving|tf-serving|mlserver|kserve|seldon|bentoml|ray-llm", "inference"),
    (r"qdrant|chroma|weaviate|milvus|pgvector|vespa|opensearch-knn|typesense", "index"),
    (r"mlflow", "model-registry"),
    (r"jupyter|rstudio|notebook|label-studio-dev", "notebook"),
    (r"label-?studio|argilla|cvat|doccano", "human-review"),
    (r"feast", "feature-store"),
    (r"nginx|traefik|envoy|kong|haproxy|caddy|apisix|litellm|istio|oauth2-proxy", "gateway"),
    (r"keycloak|dex|authentik|hydra|zitadel", "identity-provider"),
    (r"vault|infisical|openbao", "credential-store"),
    (r"prometheus|grafana|evidently|langfuse|phoenix|jaeger|tempo|otel|opentelemetry|datadog|whylogs", "monitor"),
    (r"loki|elasticsearch|opensearch|logstash|fluent|graylog|seq", "log-store"),
    (r"postgres|mysql|mariadb|mongo|redis|valkey|cassandra|clickhouse|minio|neo4j|memcached|couchdb|influx|cockroach"
     r"|timescale|kafka|rabbitmq|nats|activemq|redpanda|elasticmq|localstack|sftp", "store"),
    (r"(?:^|/)registry(?:$|:|@)|harbor", "container-registry"),
    (r"streamlit|gradio|open-webui|chainlit|metabase|superset", "web-app"),
    (r"airflow|prefect|dagster|argo|jenkins|gitlab-runner|actions-runner", "ci"),
)  # fmt: skip
"""The first that is found in an image's name; the order puts special before general."""
MODEL_OPTION = re.compile(r"(?:^|\s)--model(?:-id|-path|-name)?[ =]([\w-]+/[\w.-]+)(?=\s|$)")
"""A name and a slash: a model of a hub. A path on the machine begins with one."""
STARTERS = re.compile(
    r"(?:^|/)(?:python[\d.]*|uvicorn|gunicorn|hypercorn|flask|fastapi|streamlit|chainlit|bentoml|torchrun)$"
)


def kind_of(image: str) -> str | None:
    """The kind of what an image is known to be; None where it says nothing."""
    name = image.rpartition("/")[0].rpartition("/")[2] + "/" + image.rpartition("/")[2]
    return next((kind for pattern, kind in KINDS if re.search(pattern, name.lower().partition("@")[0])), None)


def supplied(at: At, element: str, image: str) -> Iterator[Sighting]:
    """The registry that an image comes from, the flow, and whether the image is named by its digest."""
    if not image or "$" in image or "{" in image:
        return
    pinned = "@sha256:" in image
    first = image.partition("/")[0]
    host = first if "/" in image and ("." in first or ":" in first) else "docker.io"
    yield at.has(element, "pinned", "yes" if pinned else "no", f"image {image[:80]}")
    registry = f"images {host}"
    called = "image-registry" if host == "docker.io" else re.sub(r"\W+", "-", host).strip("-")
    yield from at.is_a(registry, "container-registry", f"image {image[:80]}", called)
    if host in ("docker.io", "ghcr.io", "quay.io", "registry.k8s.io", "gcr.io", "nvcr.io", "public.ecr.aws"):
        yield at.has(registry, "zone", "zone internet", f"{host} is open to anyone")
        yield at.has(registry, "origin", "public", f"{host} is open to anyone")
    yield at.flow(registry, element, "image", f"image {image[:80]}")


def fetched(at: At, element: str, kind: str | None, words: Sequence[str]) -> Iterator[Sighting]:
    """The model of a hub that an engine for language models is started with, by `--model` or `--model-id`."""
    if kind != "llm":
        return
    found = MODEL_OPTION.search(" ".join(words)[:5_000])
    if found is None:
        return
    why = f"started with {found[0].strip()[:120]}"
    yield at.has(element, "base.model", found[1], why)
    yield at.has(element, "base.origin", "public", "of a public hub, by its name")
    yield at.has(element, "origin", "public", "of a public hub, by its name")
    yield from hubs.the_hub(at, why)
    yield at.flow(hubs.HUB, element, "model", why)


def started(repo: Repository, folder: str, words: Sequence[str]) -> list[str]:
    """The Python files that a command line starts, for a program whose files lie in a folder."""
    out: list[str] = []
    parts = [w.strip("\"'[],") for word in words for w in word.split()][:200]
    for i, word in enumerate(parts):
        module = word.partition(":")[0]
        after_m = i > 0 and parts[i - 1] == "-m"
        if re.fullmatch(r"[\w./-]+\.py", word):
            tried = [word.lstrip("/"), word.rpartition("/")[2]]
        elif re.fullmatch(r"[\w.]+:[\w.()]+", word) or (after_m and re.fullmatch(r"[\w.]+", module)):
            tried = [f"{module.replace('.', '/')}.py", f"{module.replace('.', '/')}/__main__.py"]
        else:
            continue
        bases = (folder, f"{folder}/src", f"{folder}/app", "")
        places = [normpath(f"{base}/{path}".lstrip("/")) for path in tried for base in bases]
        out += [p for p in places if p in repo.files][:1]
    return list(dict.fromkeys(out))


def base(repo: Repository, folder: str, dockerfile: str = "") -> str:
    """The image that a Dockerfile's last stage is built upon; empty where there is none."""
    path = normpath(f"{folder}/{dockerfile or 'Dockerfile'}").lstrip("/")
    read = repo.text(path) if path in repo.files else ""
    found = (
        re.findall(r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)?(\S{1,300})", read, re.M | re.I) if isinstance(read, str) else []
    )
    return found[-1] if found else ""


def of_build(repo: Repository, folder: str, dockerfile: str = "") -> list[str]:
    """The Python files that a Dockerfile's last CMD and ENTRYPOINT start."""
    path = normpath(f"{folder}/{dockerfile or 'Dockerfile'}").lstrip("/")
    if path not in repo.files:
        return []
    text = repo.text(path)
    lines = (
        re.findall(r"^[ \t]*(?:CMD|ENTRYPOINT)[ \t]+([^\n]{1,500})", text, re.MULTILINE | re.IGNORECASE)
        if isinstance(text, str)
        else []
    )
    return started(repo, folder, [line.replace(",", " ") for line in lines[-2:]])
