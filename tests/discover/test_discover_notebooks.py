"""Notebooks are read as programs: their code alone, each line where it stands in the file."""

import json

import pytest

from casemate.discover import notebooks
from casemate.discover.discover import draft
from casemate.discover.repository import Repository
from casemate.discover.sighting import Unread


def cell(*lines, kind="code", outputs=()):
    return {"cell_type": kind, "metadata": {}, "outputs": list(outputs), "source": list(lines)}


def notebook(*cells, indent=1):
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4}, indent=indent, ensure_ascii=False)


def code(whole):
    found = notebooks.text(Repository.of({"n.ipynb": whole}), "n.ipynb")
    assert isinstance(found, str)
    return found


TRAINS = (
    cell("# Train\n", kind="markdown"),
    cell("%matplotlib inline\n", "!pip install joblib\n", "import joblib, pandas as pd\n",
         "from sklearn.svm import SVC",
         outputs=[{"data": {"image/png": "x" * 1_500_000}}]),
    cell("%%bash\n", "rm -rf /"),
    cell("rows = pd.read_csv('é.csv')\n", "m = SVC().fit(rows)\n", "for i in range(3):\n", "    %time m\n",
         "joblib.dump(m, 'm.joblib')"),
    cell("this is no python("),
)  # fmt: skip


def test_a_notebook_that_trains_is_a_training_with_its_data_and_model_at_their_lines():
    whole = notebook(*TRAINS)
    d = draft(Repository.of({"train.ipynb": whole}))
    line = 1 + next(i for i, text in enumerate(whole.split("\n")) if "joblib.dump" in text)
    parts = {p.facts["path"].values[0]: p for p in d.parts}
    assert {path: p.kind for path, p in parts.items()} == {
        "train.ipynb": "training", "m.joblib": "model", "é.csv": "dataset",
    }  # fmt: skip
    assert parts["m.joblib"].seen.line == line
    assert parts["m.joblib"].facts["trained by"].values == (parts["train.ipynb"].id,)
    assert d.unread == ()


def test_commands_other_languages_and_what_is_no_python_are_left_out():
    lines = [line for line in code(notebook(*TRAINS)).split("\n") if line]
    assert lines == [
        "pass", "pass", "import joblib, pandas as pd", "from sklearn.svm import SVC", "rows = pd.read_csv('é.csv')",
        "m = SVC().fit(rows)", "for i in range(3):", "    pass", "joblib.dump(m, 'm.joblib')",
    ]  # fmt: skip


@pytest.mark.parametrize("indent", [None, 0, 4])
def test_every_way_of_writing_a_notebook_gives_the_same_code(indent):
    said = [line for line in code(notebook(*TRAINS, indent=indent)).split("\n") if line]
    assert said == [line for line in code(notebook(*TRAINS)).split("\n") if line]


def test_a_line_that_is_there_twice_stands_where_it_is_next():
    whole = notebook(cell("a = 1\n", "b = 2\n"), cell("a = 1\n", "c = 3"))
    assert [line for line in code(whole).split("\n") if line] == ["a = 1", "b = 2", "a = 1", "c = 3"]
    for number, line in enumerate(code(whole).split("\n")):
        assert not line or line in whole.split("\n")[number]


@pytest.mark.parametrize(
    "whole",
    ['{"cells": [', "[" * 100_000, b"\xff\xfe", '{"cells": [NaN'],
)
def test_what_is_no_notebook_is_told(whole):
    found = notebooks.text(Repository.of({"n.ipynb": whole}), "n.ipynb")
    assert found == Unread("n.ipynb", "is no notebook that we read")


@pytest.mark.parametrize(
    "whole",
    [
        "[]",
        "3",
        '{"cells": 3}',
        '{"cells": [3, {"cell_type": "code", "source": 5}, {"cell_type": "code", "source": [1]}]}',
    ],
)
def test_a_notebook_without_code_says_nothing(whole):
    assert code(whole).strip() == ""
