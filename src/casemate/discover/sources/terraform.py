"""Terraform: resources that we know a kind for, what is public, encrypted or open, and their names in rights.

Values that are worked out when a plan is made (variables, expressions) are not known here and stay out of the draft.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.discover.hcl import Block, blocks
from casemate.discover.repository import Repository
from casemate.discover.sighting import At, Found, Unread

KINDS = {
    "aws_s3_bucket": "store", "google_storage_bucket": "store", "azurerm_storage_account": "store",
    "aws_db_instance": "store", "aws_rds_cluster": "store", "aws_dynamodb_table": "store",
    "aws_redshift_cluster": "store",
    "google_sql_database_instance": "store", "google_bigquery_dataset": "store",
    "azurerm_postgresql_flexible_server": "store",
    "azurerm_cosmosdb_account": "store", "aws_kinesis_stream": "store", "aws_sqs_queue": "store",
    "google_pubsub_topic": "store",
    "aws_elasticache_cluster": "store", "aws_opensearch_domain": "index", "azurerm_search_service": "index",
    "aws_sagemaker_endpoint": "endpoint", "google_vertex_ai_endpoint": "endpoint", "aws_sagemaker_model": "inference",
    "azurerm_machine_learning_online_endpoint": "endpoint", "aws_sagemaker_notebook_instance": "notebook",
    "google_workbench_instance": "notebook", "aws_sagemaker_feature_group": "feature-store",
    "google_vertex_ai_featurestore": "feature-store", "aws_sagemaker_model_package_group": "model-registry",
    "azurerm_machine_learning_workspace": "model-registry", "aws_ecr_repository": "container-registry",
    "google_artifact_registry_repository": "container-registry", "azurerm_container_registry": "container-registry",
    "aws_codeartifact_repository": "package-registry", "aws_lb": "gateway", "aws_alb": "gateway",
    "aws_api_gateway_rest_api": "gateway", "aws_apigatewayv2_api": "gateway", "aws_cloudfront_distribution": "gateway",
    "google_api_gateway_gateway": "gateway", "azurerm_api_management": "gateway", "aws_lambda_function": "service",
    "aws_ecs_service": "service", "google_cloud_run_service": "service", "google_cloud_run_v2_service": "service",
    "google_cloudfunctions_function": "service", "google_cloudfunctions2_function": "service",
    "azurerm_linux_function_app": "service", "azurerm_container_app": "service", "azurerm_linux_web_app": "web-app",
    "aws_instance": "host", "google_compute_instance": "host", "azurerm_linux_virtual_machine": "host",
    "aws_eks_cluster": "cluster", "aws_ecs_cluster": "cluster", "google_container_cluster": "cluster",
    "azurerm_kubernetes_cluster": "cluster", "aws_emr_cluster": "cluster", "aws_batch_compute_environment": "cluster",
    "aws_secretsmanager_secret": "credential-store", "google_secret_manager_secret": "credential-store",
    "azurerm_key_vault": "credential-store", "aws_ssm_parameter": "credential-store",
    "aws_cloudwatch_log_group": "log-store", "azurerm_log_analytics_workspace": "log-store",
    "aws_cognito_user_pool": "identity-provider", "aws_bedrockagent_agent": "agent",
    "aws_bedrockagent_knowledge_base": "index", "azurerm_cognitive_deployment": "llm", "aws_codebuild_project": "ci",
    "aws_codepipeline": "ci", "google_cloudbuild_trigger": "ci",
}  # fmt: skip
ARN = {"aws_s3_bucket": ("bucket", "arn:aws:s3:::"), "google_storage_bucket": ("name", "gs://")}
ENCRYPTED = (
    "storage_encrypted",
    "encrypted",
    "at_rest_encryption_enabled",
    "encrypt_at_rest",
    "kms_key_id",
    "kms_master_key_id",
)
PUBLIC = re.compile(r"public-read|allUsers|allAuthenticatedUsers")
AWAY = re.compile(r"^(?:aws_s3_bucket|google_storage_bucket|google_cloud_run\w*|aws_lambda_function)_")


def look(repo: Repository) -> Iterator[Found]:
    """The resources of all Terraform files."""
    for f in repo.ending("tf"):
        read = repo.text(f.path)
        if isinstance(read, Unread):
            yield read
            continue
        found, left = blocks(read)
        if left:
            yield Unread(f.path, f"{left} line{'s' if left > 1 else ''} of it that our reader of HCL does not know")
        for b in found:
            if b.type == "resource" and len(b.labels) == 2:
                key = f"tf {f.folder}/{b.labels[0]}.{b.labels[1]}"
                yield from _resource(f.path, key, b)
                yield from _beside(f.path, f.folder, b)
            elif b.type == "module" and b.labels and "source" in b.given:
                yield Unread(f.path, f"module {b.labels[0][:60]} is not followed, line {b.line}")


def _resource(path: str, key: str, b: Block) -> Iterator[Found]:
    kind = KINDS.get(b.labels[0])
    if kind is None:
        return
    here = At(path, b.line)
    yield from here.is_a(key, kind, f"{b.labels[0]} {b.labels[1]}", b.labels[1])
    if b.labels[0] in ARN:
        name, prefix = ARN[b.labels[0]]
        if told := b.text(name):
            yield At(path, b.line_of(name)).has(key, "resource", f"{prefix}{told}", f"its {name}")
    for name in ENCRYPTED:
        if name in b.given and (told := b.text(name) or b.given[name][0]):
            word = "no" if told == "false" else "yes"
            yield At(path, b.line_of(name)).has(key, "encrypted", word, f"{name} = {told[:40]}")
            break
    yield from _open(path, key, b)


def _open(path: str, key: str, b: Block) -> Iterator[Found]:
    """Whether anyone may call it."""
    kind, internal = KINDS[b.labels[0]], b.text("internal") or b.text("publicly_accessible")
    if b.labels[0] in ("aws_lb", "aws_alb"):
        exposed = internal == "false" or "internal" not in b.given
    elif "publicly_accessible" in b.given:
        exposed = internal == "true"
    else:
        exposed = kind == "gateway" or b.labels[0] in ("azurerm_linux_web_app", "aws_cloudfront_distribution")
    if exposed:
        name = "internal" if "internal" in b.given else "publicly_accessible"
        yield At(path, b.line_of(name)).has(
            key, "exposed to", "zone internet", f"{b.labels[0]} is reached from outside unless it says internal"
        )
    if PUBLIC.search(b.given.get("acl", ("", 0))[0]):
        yield At(path, b.line_of("acl")).has(key, "readers", "zone internet", "its acl is public-read")


def _beside(path: str, folder: str, b: Block) -> Iterator[Found]:
    """Resources that say something of another one, which they name."""
    type_ = b.labels[0]
    for value, line in b.given.values():
        for other, name in re.findall(r"\b([a-z]\w+)\.([\w-]+)\.(?:id|bucket|name|arn)\b", value)[:10]:
            key = f"tf {folder}/{other}.{name}"
            if other not in KINDS or type_ in KINDS:
                continue
            if "encryption" in type_:
                yield At(path, line).has(key, "encrypted", "yes", type_)
            elif AWAY.match(type_) and any(PUBLIC.search(v) for v, _ in b.given.values()):
                yield At(path, line).has(key, "readers", "zone internet", f"{type_} lets anyone in")
