"""What is a data file, by its bytes."""

import pytest

from casemate.discover.repository import File
from casemate.discover.sources.data_files import form


@pytest.mark.parametrize(
    "line",
    [
        b'{"_type": "https://in-toto.io/Statement/v1", "predicate": {}}\n',
        b'{"payload": "eyJfdHlwZSI6ICJodHRwczovL2luLXRvdG8uaW8ifQ==", "payloadType": "x"}\n',
        b'{"assessment":"b1362d0fdd31","by":"ann","entry":1}\n',
    ],
)
def test_evidence_about_data_and_who_signed_for_it_are_no_data(line):
    assert form(File("reviews/signoffs.jsonl", len(line)), line) is None
    assert form(File("rows.jsonl", 9), b'{"a": 1}\n') == "json"
