"""A flow that the repository shows and the file does not declare becomes evidence, and a threat of its own."""

from datetime import date

import pytest
from shop import ROWS, SKLEARN

from casemate.core.errors import CasemateError
from casemate.decompose import decompose
from casemate.define.build import from_text
from casemate.discover import discover, write
from casemate.discover.repository import Repository
from casemate.evidence import store
from casemate.evidence.bind import bind
from casemate.evidence.gap import Gap
from casemate.evidence.measure import check, measure
from casemate.identify import identify
from casemate.identify.shelf import rules_of

DAY = date(2026, 11, 23)
TRAIN = (
    "import joblib\nimport pandas as pd\nfrom sklearn.svm import SVC\n\n"
    "d = pd.read_csv('data/rows.csv')\njoblib.dump(SVC().fit(d, d), 'scorer.pkl')\n"
)
FILES = {"train.py": TRAIN, "scorer.pkl": SKLEARN, "data/rows.csv": ROWS}
DRAFT = write.text(discover.draft(Repository.of(FILES)))
SILENT = "".join(x for x in DRAFT.splitlines(True) if "rows -> train" not in x and "trained on:" not in x)


@pytest.fixture
def root(tmp_path):
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path


def system_of(text, task="discover: ."):
    kept, _, _ = text.partition("measure:")
    return from_text(f"{kept}measure:\n  - {task}\n", "casemate.yaml", {"fines": ()})


def threats(system, root, statements, catalog):
    parts = decompose(system, bind(system, store.load(system, root, statements), DAY))
    return [f for f in identify(parts, rules_of(catalog)) if f.rule.id == "undeclared-flow"]


@pytest.fixture
def catalog():
    from casemate.catalog.load import catalog

    return catalog()


def test_a_flow_that_the_file_does_not_declare_is_an_open_threat_that_names_its_place(root, catalog):
    system = system_of(SILENT)
    statements, gaps = measure(system, root, DAY)
    assert gaps == []
    (found,) = threats(system, root, statements, catalog)
    assert (found.id, found.outcome) == ("undeclared-flow@rows", "open")
    assert found.reason.because == (
        "the repository shows rows -> train at train.py:5, and no flow of this file says so, so that nothing was asked "
        "about what it carries or who sits at its end"
    )
    (fact,) = [f for f in found.reason.facts if f.field == "undeclared flows"]
    assert (fact.value, fact.record in {s.id for s in statements}) == ("rows -> train", True)


def test_a_file_that_declares_what_the_repository_shows_has_no_such_threat(root, catalog):
    system = system_of(DRAFT)
    statements, gaps = measure(system, root, DAY)
    assert (gaps, {s.facts["undeclared flows"] for s in statements}) == ([], {()})
    assert threats(system, root, statements, catalog) == []


def test_a_flow_that_was_declared_since_is_a_threat_no_longer(root, catalog):
    statements, _ = measure(system_of(SILENT), root, DAY)
    assert threats(system_of(DRAFT), root, statements, catalog) == []


def test_where_nobody_compared_there_is_no_such_threat(root, catalog):
    assert threats(system_of(SILENT), root, (), catalog) == []


def test_flows_among_components_that_the_file_does_not_know_are_a_gap_and_said_so(root):
    system = from_text(
        "casemate: 1\nname: x\nzones: {z: {trust: staff}}\ncomponents:\n  api: {kind: endpoint, zone: z}\n"
        "measure:\n  - discover: .\n", "casemate.yaml", {"fines": ()},
    )  # fmt: skip
    statements, (gap,) = measure(system, root, DAY)
    assert statements == []
    assert gap.startswith("casemate.yaml:7:5: the repository shows flows among components that the file does not")
    assert "rows -> train at train.py:5" in gap


@pytest.mark.parametrize(
    ("task", "says"),
    [
        ("discover: ../..", "which leads out of the folder"),
        ("discover: {folder: x}", "discover has no setting 'folder'"),
        ("discover: {of: [a]}", "discover names no folder"),
    ],
)
def test_a_task_that_names_no_folder_of_the_project_is_an_error(task, says):
    with pytest.raises(CasemateError, match=says):
        check(system_of(DRAFT, task))


def test_a_folder_that_is_not_there_is_an_error_of_its_own(root):
    with pytest.raises((CasemateError, Gap), match="nowhere"):
        measure(system_of(DRAFT, "discover: nowhere"), root, DAY)
