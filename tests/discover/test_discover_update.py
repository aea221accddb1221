"""What the repository shows and the file does not declare, and the other way round."""

import json

import pytest
from shop import CHATBOT, ROWS, SKLEARN

from casemate.define.build import from_text
from casemate.discover import compare, discover, write
from casemate.discover.repository import Repository

TRAIN = (
    "import joblib\nimport pandas as pd\nfrom sklearn.svm import SVC\n\n"
    "d = pd.read_csv('data/rows.csv')\njoblib.dump(SVC().fit(d, d), 'scorer.pkl')\n"
)
FILES = {"train.py": TRAIN, "scorer.pkl": SKLEARN, "data/rows.csv": ROWS}


def system_of(text):
    return from_text(text, "casemate.yaml", {"fines": ()})


def draft_of(files):
    return write.text(discover.draft(Repository.of(files)))


def proposed(text, files):
    """Proposals as `change what id`."""
    repo = Repository.of(files)
    found = compare.proposals(system_of(text), list(discover.sightings(repo)), frozenset(repo.files), text)
    return [f"{p.change} {p.what} {p.id}" for p in found]


@pytest.mark.parametrize("files", [FILES, CHATBOT, {}], ids=["scorer", "chatbot", "empty"])
def test_a_fresh_draft_has_nothing_to_propose(files):
    assert proposed(draft_of(files), files) == []


def test_a_new_file_is_a_new_component_with_its_flow():
    more = {
        **FILES,
        "train.py": TRAIN.replace("\nd =", "\ne = pd.read_csv('extra.csv')\nd ="),
        "extra.csv": "a,b\n1,2\n",
    }
    assert proposed(draft_of(FILES), more) == ["new component extra", "new flow extra->train"]


def test_an_edge_that_the_file_does_not_declare_is_found_alone():
    text = "".join(line for line in draft_of(FILES).splitlines(True) if "rows -> train" not in line)
    text = "".join(line for line in text.splitlines(True) if "trained on:" not in line)
    assert proposed(text, FILES) == ["new flow rows->train"]
    system, draft = system_of(text), discover.draft(Repository.of(FILES))
    (found,) = compare.undeclared(system, draft, compare.matched(system, draft))
    assert (found.says, found.at) == ("training set: pandas.read_csv", "train.py:5")


def test_a_file_that_is_gone_is_told_with_its_line():
    text = draft_of(FILES)
    left = {k: v for k, v in FILES.items() if k != "data/rows.csv"} | {"train.py": "print(1)\n"}
    repo = Repository.of(left)
    found = compare.proposals(system_of(text), list(discover.sightings(repo)), frozenset(repo.files), text)
    (rows,) = [p for p in found if p.id == "rows"]
    line = text.splitlines().index(next(x for x in text.splitlines() if x.startswith("  rows:"))) + 1
    assert (rows.change, rows.says) == ("gone", "its path data/rows.csv is not in the repository")
    assert rows.at == f"casemate.yaml:{line}"


def test_a_drafted_part_without_a_path_is_gone_when_its_place_shows_it_no_more():
    text = draft_of(CHATBOT)
    compose = CHATBOT["docker-compose.yml"].partition("  cache:\n")[0].replace("      CACHE: redis://cache:6379\n", "")
    assert proposed(text, {**CHATBOT, "docker-compose.yml": compose}) == [
        "gone component cache",
        "gone component image-registry",
    ]


def test_what_a_person_added_is_not_gone():
    text = draft_of(FILES).replace("components:\n", "components:\n  desk: {kind: human-review, zone: own}\n")
    assert proposed(text, FILES) == []


def test_a_renamed_component_is_known_by_its_path_or_its_name():
    text = draft_of(FILES).replace("scorer:", "credit-model:").replace("-> scorer", "-> credit-model")
    assert proposed(text.replace("scan: scorer", "scan: credit-model"), FILES) == []
    text = draft_of(CHATBOT).replace("  cache:", "  sessions:").replace("cache ->", "sessions ->")
    text = text.replace("-> cache", "-> sessions").replace("kind: store", "kind: store\n    name: cache", 1)
    assert proposed(text, CHATBOT) == []


def test_a_fact_that_differs_is_told_both_ways():
    text = draft_of(FILES).replace("format: pickle", "format: onnx")
    repo = Repository.of(FILES)
    (found,) = compare.proposals(system_of(text), list(discover.sightings(repo)), frozenset(repo.files), text)
    assert compare.as_text([found], "casemate.yaml") == (
        "differs scorer format  the file says onnx, the repository pickle (its bytes are pickle with sklearn)"
        "  (scorer.pkl)\nDeclare in casemate.yaml what is true; `casemate init --stdout` prints it as a draft.\n"
    )


def test_a_finer_description_declares_the_flow():
    text = draft_of(FILES).replace("components:\n", "components:\n  lake: {kind: feature-store, zone: own}\n")
    text = "".join(x for x in text.splitlines(True) if "trained on:" not in x)
    text = text.replace("  - rows -> train", "  - lake -> train\n  - rows -> lake")
    assert proposed(text, FILES) == []


def test_an_assumed_caller_is_never_proposed():
    text = "".join(x for x in draft_of(FILES).splitlines(True) if "caller" not in x).replace("actors:\n", "")
    assert proposed(text, FILES) == []


def test_proposals_for_machines_are_sorted_json():
    repo = Repository.of(FILES)
    text = draft_of({})
    found = compare.proposals(system_of(text), list(discover.sightings(repo)), frozenset(repo.files), text)
    read = json.loads(compare.as_json(found))["proposals"]
    assert [p["id"] for p in read if p["what"] == "component"] == ["rows", "scorer", "train"]
    assert read[0] == {
        "change": "new", "what": "component", "id": "rows", "says": "dataset: a table", "at": "data/rows.csv:1"
    }  # fmt: skip
