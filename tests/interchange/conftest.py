"""`casemate` run in this process, in an empty folder."""

import sys

import pytest

from casemate.cli import main


@pytest.fixture
def casemate(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)

    def run(*args):
        monkeypatch.setattr(sys, "argv", ["casemate", *map(str, args)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return ended.value.code, out, err

    return run
