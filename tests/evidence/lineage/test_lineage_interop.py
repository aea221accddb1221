"""Other people's readers take our statements: in-toto's own, and securesystemslib for the envelope.

Runs where `in-toto-attestation==0.9.3` and `securesystemslib` are installed; they are no dependencies of ours.
"""

import json

import pytest

from casemate.evidence.sign import keys


def test_in_toto_and_slsa_read_a_statement(project):
    statement = pytest.importorskip("in_toto_attestation.v1.statement")
    from google.protobuf import json_format
    from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
    from in_toto_attestation.v1 import statement_pb2

    project.run(builder="https://ci.example/train", started="2026-10-02T08:00:00Z", origins={"data": "x"})
    doc = json.loads(project.text())
    theirs = json_format.ParseDict(doc, statement_pb2.Statement())
    statement.Statement.copy_from_pb(theirs).validate()
    read = json_format.ParseDict(doc["predicate"], provenance_pb2.Provenance())
    assert [d.name for d in read.build_definition.resolved_dependencies][:2] == ["data", "data/a.csv"]
    assert read.run_details.builder.id == "https://ci.example/train"


@pytest.mark.parametrize("kind", ["p256", "ed25519"])
def test_securesystemslib_verifies_an_envelope(project, kind):
    dsse = pytest.importorskip("securesystemslib.dsse")
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    keys.new_pair(project.root / "k", kind, None)
    key = keys.read_private(project.root / "k")
    project.run(key=key)
    theirs = SSlibKey.from_crypto(load_pem_public_key(key.public.pem), keyid=key.public.id)
    envelope = dsse.Envelope.from_dict(json.loads(project.text()))
    assert envelope.verify([theirs], 1)
    assert json.loads(envelope.payload)["subject"][0]["name"] == "model.bin"
