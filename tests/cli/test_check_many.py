"""`casemate check` takes several files, as pre-commit names them: the errors of all of them, at once."""


def test_every_file_is_checked_and_all_errors_are_listed(casemate):
    good = (casemate.root / "casemate.yaml").read_text("utf-8")
    casemate.write("a.casemate.yaml", good + "colour: red\n")
    casemate.write("b.casemate.yaml", good + "smell: none\n")
    code, out, err = casemate("check", "a.casemate.yaml", "casemate.yaml", "b.casemate.yaml")
    assert code == 2
    assert out.startswith("casemate.yaml: no errors; ")
    assert [line.partition(":")[0] for line in err.splitlines()] == ["a.casemate.yaml", "b.casemate.yaml"]


def test_in_github_actions_each_error_is_annotated(casemate, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    casemate.add("colour: red\n")
    _, _, err = casemate("check")
    assert "::error file=casemate.yaml,line=19,col=1,title=Casemate::" in err
