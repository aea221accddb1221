"""`casemate init` as people run it, on the examples and on a hostile repository."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from shop import CHATBOT, ROWS, SKLEARN

from casemate.cli import _inputs, main

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
TODAY = _inputs.Options(today="2026-10-10")


@pytest.fixture
def casemate(tmp_path, monkeypatch, capfd):
    """`casemate` in an empty folder: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CASEMATE_DEBUG", raising=False)

    def run(*args):
        monkeypatch.setattr(sys, "argv", ["casemate", *map(str, args)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        out, err = capfd.readouterr()
        assert "our fault" not in err
        return ended.value.code, out, err

    return run


def written(files, root=Path()):
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())


def threats(path):
    """Rules of the threats of a system file, with their elements."""
    return {tuple(r.id.split("@")) for r in _inputs.assessed(path, TODAY).risks.risks}


def test_it_writes_a_file_that_check_accepts_and_then_has_nothing_to_add(casemate):
    written(CHATBOT, Path("shop"))
    code, out, err = casemate("init", "shop")
    assert (code, err) == (0, "")
    assert out.startswith("wrote shop/casemate.yaml: 14 components, 22 flows, drafted from what the repository shows\n")
    assert casemate("check", "shop/casemate.yaml")[0] == 0
    assert casemate("init", "shop", "--update") == (0, "shop/casemate.yaml: nothing new, nothing gone\n", "")


def test_it_never_overwrites(casemate):
    written({"casemate.yaml": "mine"})
    code, _, err = casemate("init")
    assert code == 2
    assert err == ("casemate.yaml: is there already; compare with `casemate init --update`, or print with --stdout\n")
    assert Path("casemate.yaml").read_text() == "mine"


def test_it_writes_through_no_link(casemate):
    Path("casemate.yaml").symlink_to("elsewhere")
    code, _, _ = casemate("init")
    assert code == 2
    assert not Path("elsewhere").exists()


def test_printing_writes_nothing_and_repeats(casemate):
    written(CHATBOT)
    first = casemate("init", "--stdout")
    assert first[0] == 0
    assert first == casemate("init", "--stdout")
    assert not Path("casemate.yaml").exists()


def test_something_new_is_exit_code_1_and_changes_nothing(casemate):
    written({"scorer.pkl": SKLEARN})
    casemate("init")
    before = Path("casemate.yaml").read_bytes()
    written({"rows.csv": ROWS})
    code, out, _ = casemate("init", "--update")
    assert (code, out) == (
        1,
        "new     component rows  dataset: a table  (rows.csv:1)\n"
        "Declare in casemate.yaml what is true; `casemate init --stdout` prints it as a draft.\n",
    )
    code, out, _ = casemate("init", "--update", "--format", "json")
    assert (code, [p["id"] for p in json.loads(out)["proposals"]]) == (1, ["rows"])
    assert Path("casemate.yaml").read_bytes() == before


def test_what_is_no_folder_and_no_file_to_update_are_errors(casemate):
    assert casemate("init", "nowhere")[::2] == (2, "nowhere: is no folder; name the folder of a repository\n")
    assert casemate("init", "--update")[0] == 2


def test_nothing_of_the_repository_is_run_or_imported(casemate):
    trap = "open('ran', 'w').close()\n"
    written(
        {
            "setup.py": trap,
            "sitecustomize.py": trap,
            "conftest.py": trap,
            "joblib.py": trap,
            "sklearn/__init__.py": trap,
        }
    )
    written({"train.py": "import joblib, sklearn\n" + trap + "joblib.dump(1, 'm.pkl')\n"})
    written({"evil.pkl": b"cos\nsystem\n(S'touch ran'\ntR."})
    assert casemate("init")[0] == 0
    assert not Path("ran").exists()
    assert "kind: training" in Path("casemate.yaml").read_text()


def test_a_hostile_repository_is_bounded_and_told(casemate):
    names = [
        "a\nb: c.csv",
        "q\"u'o.csv",
        "{x: [y}.csv",
        "# h.csv",
        "&a.csv",
        "x" * 250 + ".csv",
        "\u202ee.csv",
        "\x1b[31m.csv",
    ]
    written({f"repo/{n}": "email,b\n1,2\n" for n in names})
    written({"repo/broken.py": "import sklearn\ndef (:\n", "repo/big.py": "import torch\n" + "x = 1\n" * 200_000})
    written({"repo/deep.py": "import torch\nx = " + "(" * 5_000, "repo/k.yaml": "apiVersion: v1\nkind: {{ x }}\n"})
    written(
        {
            "repo/c.yml": "services:\n  a: &a\n    image: x\n    environment: *a\n",
            "repo/t.tf": 'resource "a" "b" {\n' * 500,
        }
    )
    written(
        {"repo/.mcp.json": '{"mcpServers": ' + "[" * 50_000, "repo/requirements.txt": "-r requirements.txt\n-r ../x\n"}
    )
    Path("repo/loop").symlink_to("loop")
    Path("repo/away").symlink_to("/etc")
    os.mkfifo("repo/pipe.csv")
    code, _, err = casemate("init", "repo")
    assert (code, err) == (0, "")
    assert casemate("check", "repo/casemate.yaml")[0] == 0
    text = Path("repo/casemate.yaml").read_text()
    for told in ("broken.py is not Python", "big.py is larger than 1 MB", "deep.py is not Python",
                 "k.yaml holds a manifest",
                 "loop is a link that leads nowhere", "away is a link that leads outside",
                 "pipe.csv is no regular file",
                 ".mcp.json is not JSON", "t.tf "):  # fmt: skip
        assert f"#   {told}" in text, told


CREDIT = {f"data/{n}.csv": ROWS for n in ("applications", "train", "holdout")}  # what train.py would write
MADE = {"credit-scoring": {**CREDIT, "artifacts/scorer.pkl": SKLEARN}, "support-chatbot": CHATBOT}
"""What a run of an example writes, which is not committed; of the chatbot there is a system file alone, no code."""
SHOWN = {
    "credit-scoring": ("scorer", "applications", "training"),
    "fleet-routing": ("traffic-model", "report-feed"),
    "sign-recognition": ("sign-model",),
    "support-chatbot": ("assistant", "order-tool"),
}
"""What of the hand-written file the repository shows; of the rest it holds nothing."""
NOT_SHOWN = {"cross-tenant-leak"}
"""Threats that rest on what only people know: that customers are kept apart."""


def examples():
    """Every example of this project that stands for one system."""
    return sorted(p.parent.name for p in EXAMPLES.glob("*/casemate.yaml"))


def test_every_example_is_drafted():
    assert examples() == sorted(SHOWN)


@pytest.mark.parametrize("name", examples())
def test_an_example_drafts_a_file_that_check_accepts_and_its_main_threats(casemate, name):
    for f in sorted((EXAMPLES / name).iterdir()):
        if f.is_file() and f.name != "casemate.yaml":
            shutil.copy(f, f.name)
    written(MADE.get(name, {}))
    assert casemate("init")[0] == 0
    assert casemate("check", "casemate.yaml")[0] == 0
    by_hand = _inputs.assessed(EXAMPLES / name / "casemate.yaml", TODAY).risks.risks
    grave = [r.id.split("@") for r in by_hand if r.severity in ("critical", "high", "medium")]
    main_ones = {rule for rule, at in grave if at in SHOWN[name]} - NOT_SHOWN
    assert len(main_ones) >= 3
    assert main_ones <= {rule for rule, _ in threats(Path("casemate.yaml"))}


def test_the_routing_service_is_drafted_with_its_main_threats_where_they_are(casemate):
    for f in (EXAMPLES / "fleet-routing").glob("*.py"):
        shutil.copy(f, f.name)
    assert casemate("init")[0] == 0
    found = threats(Path("casemate.yaml"))
    for rule in ("adversarial-input", "skewed-retraining", "class-discovery", "stand-in-model", "black-box-assumption"):
        assert (rule, "service-model") in found
    assert ("stolen-accounts", "api") in found


def test_a_chatbot_like_the_example_drafts_its_main_threats(casemate):
    written(CHATBOT)
    assert casemate("init")[0] == 0
    found = threats(Path("casemate.yaml"))
    for rule in ("excessive-agency", "front-prompt-injection", "indirect-prompt-injection", "tool-data-collection",
                 "unattributed-agent-actions"):  # fmt: skip
        assert (rule, "assistant") in found
    assert ("retrieval-poisoning", "knowledge") in found
    assert ("shared-identity", "refund_order") in found
    assert ("provider-model-change", "gpt-4o") in found
