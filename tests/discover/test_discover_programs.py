"""What is read out of Python files: names, paths, what is read and written. Nothing of them is imported or run."""

import ast

import pytest

from casemate.discover import paths, touches
from casemate.discover.discover import draft
from casemate.discover.python import Module, parse
from casemate.discover.repository import Repository
from casemate.discover.sighting import Unread


def module(text, path="src/train.py"):
    found = parse(path, text)
    assert isinstance(found, Module)
    return found


def texts_of(expression, before="", path="src/train.py"):
    m = module(f"{before}\nlast = {expression}\n", path)
    return m.texts(m.tree.body[-1].value)


@pytest.mark.parametrize(
    ("expression", "before", "texts"),
    [
        ("'a/' + 'b.csv'", "", ("a/b.csv",)),
        ("FOLDER / 'b.csv'", "from pathlib import Path\nFOLDER = Path('data')", ("data/b.csv",)),
        ("os.path.join('a', 'b', 'c.csv')", "import os", ("a/b/c.csv",)),
        ("Path(__file__).resolve().parent / 'x.csv'", "from pathlib import Path", ("src/x.csv",)),
        ("os.path.dirname(__file__) + '/x'", "import os", ("src/x",)),
        ("f'data/{name}.csv'", "", ("data/*.csv",)),
        ("args.data", "p.add_argument('--data', default='in.csv')", ("in.csv",)),
        ("os.getenv('X', 'fallback.csv')", "import os", ("fallback.csv",)),
        ("'a' if x else 'b'", "", ("a", "b")),
        ("a", "a = 'x'\na = 'y'", ("x", "y")),
        ("a", "a = b\nb = a", ("*",)),
        ("1 + unknown()", "", ("**",)),
    ],
)
def test_an_expression_is_the_texts_that_it_may_be(expression, before, texts):
    assert texts_of(expression, before) == texts


def test_names_behind_names_take_a_bounded_number_of_steps():
    before = "\n".join(f"a{i} = a{i + 1} + a{i + 1}\na{i} = a{i + 1} + a{i + 1}" for i in range(200))
    assert texts_of("a0", before) == ("*" * 2,) or set("".join(texts_of("a0", before))) == {"*"}


def test_a_name_is_what_was_imported_under_it():
    m = module("import pandas as pd\nfrom .tools import load as go\nimport os.path\n")
    shown = [m.dotted(ast.parse(e, mode="eval").body) for e in ("pd.read_csv", "go", "os.path.join", "f().method", "3")]
    assert shown == ["pandas.read_csv", ".tools.load", "os.path.join", ".method", ""]


def touched(text):
    return [(t.role, t.text) for t in touches.touches(module(text))]


def test_a_call_that_reads_or_writes_tells_its_path():
    text = (
        "import pandas as pd, joblib\nx = pd.read_csv('a.csv')\nx.to_parquet('b.parquet')\njoblib.dump(m, 'm.joblib')\n"
    )
    assert touched(text) == [("data in", "a.csv"), ("data out", "b.parquet"), ("model out", "m.joblib")]


def test_an_open_file_is_its_path():
    text = "import pickle\nwith open('m.pkl', 'rb') as f:\n    m = pickle.load(f)\n"
    assert touched(text) == [("file in", "m.pkl"), ("model in", "m.pkl")]


def test_a_function_that_hands_its_path_on_tells_as_much_as_the_call_in_it():
    text = (
        "import pickle\ndef inner(m, path):\n    path.write_bytes(pickle.dumps(m))\n"
        "def outer(m, folder):\n    inner(m, folder / 'm.pkl')\nouter(m, out / 'artifacts')\n"
    )
    assert ("model out", "*/artifacts/m.pkl") in touched(text)


def test_a_file_that_is_opened_to_write_is_no_input():
    assert touched("import pandas\nopen('out.csv', 'w')\n") == [("data out", "out.csv")]


REPO = Repository.of({"src/data/a.csv": "", "src/data/b.csv": "", "top.csv": "", "other/data/c.csv": ""})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("data/a.csv", [("src/data/a.csv", "file")]),
        ("../top.csv", [("top.csv", "file")]),
        ("*/data/a.csv", [("src/data/a.csv", "file")]),
        ("*/data/*.csv", [("other/data/c.csv", "file"), ("src/data/a.csv", "file"), ("src/data/b.csv", "file")]),
        ("new.csv", [("new.csv", "absent")]),
        ("s3://user:secret@bucket/x.csv?token=1", [("s3://bucket/x.csv", "remote")]),
        ("/mnt/models/m.pkl", [("/mnt/models/m.pkl", "remote")]),
        ("models:/scorer/1", [("models:/scorer", "remote")]),
        ("*", []),
        ("a\nb.csv", []),
    ],
)
def test_a_path_means_files_that_are_here_or_would_be(text, found):
    assert [(m.path, m.kind) for m in paths.meant(REPO, "src", [text])] == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("def (:\n", "is not Python that we read, line 1"),
        ("x = 1\0", "is not Python that we read, line 0"),
        ("x = " + "(" * 5_000, "is not Python that we read, line 1"),
        ("x = " + "-" * 200_000 + "1", "is not Python that we read"),
        ("x = a" + ".b" * 100_000, "is not Python that we read"),
    ],
    ids=["broken", "nul", "nested", "minus", "dots"],
)
def test_what_is_no_python_is_told(text, why):
    found = parse("x.py", text)
    assert isinstance(found, Unread)
    assert found.why.startswith("is not Python that we read")
    assert why.startswith(found.why) or found.why.startswith(why)


def draft_of(name, text):
    """The kinds of the parts that a program makes, by their paths, and what was not read."""
    d = draft(Repository.of({f"{name}.py": text}))
    kinds = {p.facts["path"].values[0]: p.kind for p in d.parts if "path" in p.facts}
    return kinds, [str(u.why) for u in d.unread]


READS = "import csv\nwith open('data/rows.csv') as f:\n    rows = list(csv.reader(f))\n"


@pytest.mark.parametrize(
    ("name", "text", "model"),
    [
        ("train", f"import json\n{READS}json.dump(rows, open('models/weights.json', 'w'))\n", "models/weights.json"),
        ("job", f"import json\nfrom pathlib import Path\n{READS}def train(r): return r\n"
                "Path('out/coef.json').write_text(json.dumps(train(rows)))\n", "out/coef.json"),
        ("gd", "import numpy as np\nx = np.load('x.npy')\nnp.savez('models/linear.npz', w=x)\n", "models/linear.npz"),
        ("job", "import pickle\nfrom shop import Ranker\nr = Ranker().fit('x.csv')\n"
                "pickle.dump(r, open('out/r.pkl', 'wb'))\n", "out/r.pkl"),
        ("job", "import jax\nimport pandas as pd\nd = pd.read_csv('a.csv')\nstep = jax.value_and_grad(loss)\n", None),
    ],
)  # fmt: skip
def test_a_program_trains_without_a_library_that_we_know(name, text, model):
    kinds, unread = draft_of(name, text)
    assert kinds[f"{name}.py"] == "training"
    assert model is None or kinds[model] == "model"
    assert unread == []


@pytest.mark.parametrize(
    "text",
    [
        f"import pickle\n{READS}pickle.dump(rows, open('tmp/cache.pkl', 'wb'))\n",
        f"import json\n{READS}json.dump(rows, open('models/metrics.json', 'w'))\n",
        f"import json\n{READS}json.dump(rows, open('model_card.json', 'w'))\n",
        "import numpy as np\nx = np.load('x.npy')\nnp.save('data/y.npy', x)\n",
        "import pandas as pd\npd.read_csv('trainset.csv').to_parquet('trained.parquet')\n",
    ],
)
def test_a_program_that_caches_or_prepares_trains_nothing(text):
    kinds, unread = draft_of("job", text)
    assert "training" not in kinds.values()
    assert "model" not in kinds.values()
    assert unread == []


def test_what_is_called_a_training_and_shows_none_is_told():
    kinds, unread = draft_of("train_scorer", "from shop.jobs import run\nrun()\n")
    assert kinds == {}
    assert unread == ["is called like a training, and shows no model that it fits or writes"]
