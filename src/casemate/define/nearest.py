"""What somebody may have meant by a word that is not in the vocabulary: its everyday name, a typo, or the list."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from casemate.define.vocabulary import Field, vocabulary

MOST, FEW = 14, 8  # words that an error lists in full; of more the first few
_MEANT = {
    # kinds of components
    "store": "database db sql postgres postgresql mysql mongodb redis cache bucket blob blob-storage object-storage s3 "
    "queue message-queue kafka mailbox file-share storage data-store datastore",
    "dataset": "data training-data table data-lake data-warehouse warehouse",
    "index": "vector-db vectordb vector-database vector-store vector-index embedding-store embeddings-store rag "
    "knowledge-base search-index retriever",
    "llm": "llm-api llm-service language-model foundation-model chat-model chatbot gpt generative-model",
    "agent": "ai-agent assistant copilot",
    "tool": "plugin function mcp mcp-server skill connector",
    "model": "ml-model classifier neural-network weights predictor",
    "inference": "model-server serving inference-server inference-service model-service",
    "endpoint": "api rest-api http-api web-api webhook graphql",
    "service": "server backend microservice worker application program lambda serverless",
    "external-service": "saas third-party third-party-service external-api partner-api",
    "web-app": "website webapp web-page frontend front-end ui portal dashboard",
    "client-app": "app mobile-app browser desktop-app edge-device client",
    "gateway": "api-gateway proxy reverse-proxy load-balancer firewall waf",
    "preprocessing": "etl pipeline data-pipeline transform feature-engineering",
    "training": "train trainer training-job fine-tuning",
    "model-registry": "registry artifact-store model-store model-hub hub mlflow",
    "container-registry": "docker-registry image-registry",
    "package-registry": "pypi npm package-index",
    "ci": "ci-cd cicd build build-server deployment jenkins",
    "credential-store": "secrets vault kms secret-store secrets-manager key-store key-vault",
    "log-store": "log logs logging siem audit-log",
    "host": "vm virtual-machine machine workstation laptop",
    "cluster": "kubernetes k8s",
    "interpreter": "sandbox code-interpreter shell repl sql-engine",
    "prompt-store": "prompt prompts system-prompt config configuration",
    "human-review": "human reviewer moderation approval",
    "identity-provider": "idp auth-service login",
    "monitor": "monitoring observability metrics",
    "external-content": "web-content webpage internet documents",
    "documentation": "docs wiki",
    # how callers prove who they are
    "token": "oauth oauth2 jwt bearer session",
    "key": "api-key apikey access-key",
    "sso": "saml oidc openid ldap kerberos active-directory",
    "mtls": "tls certificate certificates client-certificate",
    # trust and sensitivity
    "public": "untrusted external anonymous everyone anybody",
    "account": "customer user registered",
    "partner": "vendor supplier contractor",
    "staff": "employee employees internal trusted",
    "restricted": "admin admins administrator root privileged",
    "personal": "pii gdpr private sensitive",
    "secret": "confidential classified",
    # formats
    "pickle": "pkl",
    "torch": "pt pth pytorch ckpt",
    "hdf5": "h5",
    "saved-model": "tensorflow savedmodel",
    "container": "docker image oci",
    "npz": "npy numpy",
    # fields
    "kind": "type category class",
    "auth": "authentication login-method",
    "zone": "location network boundary trust-zone",
    "means": "description comment notes",
    "holds": "contains stores",
    "name": "title label",
    "trained on": "training-data trained-with datasets",
}
ALIASES: dict[str, tuple[str, ...]] = {}
"""By everyday name, the words of ours that may be meant: which one depends on the list."""
for _word, _names in _MEANT.items():
    for _name in _names.split():
        ALIASES[_name] = (*ALIASES.get(_name, ()), _word)


def meant(written: str, words: Sequence[str]) -> str:
    """The word of these that somebody meant; empty where nobody can tell."""
    plain = "-".join(written[:64].lower().replace("_", " ").split())
    if plain in words:
        return plain
    for word in ALIASES.get(plain, ()):
        if word in words:
            return word
    return next(iter(difflib.get_close_matches(written[:64], words[:500], 1, cutoff=0.6)), "")


def hint(written: str, f: Field, words: Sequence[str]) -> str:
    """What to write instead: the word that is meant, or which words there are."""
    near = meant(written, words)
    return f"did you mean {near!r}?" if near else f"it is {listed(f, words)}"


def listed(f: Field, words: Sequence[str]) -> str:
    """`a, b or c`; of many words the first few and how to see them all."""
    if not words:
        return "a word of a list that is empty here"
    if len(words) <= MOST:
        return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return f"{', '.join(words[:FEW])} or one of {len(words) - FEW} more; {_where(f)}"


def _where(f: Field) -> str:
    if f.words_from in ("kinds", "ends", "places"):
        return "`casemate catalog list kinds` shows them all"
    known = {**vocabulary().component, **vocabulary().file["flows"].fields}
    if f.name in known:
        return f"`casemate catalog show {f.name.replace(' ', '-')}` shows them all"
    return "`casemate schema` shows them all"
