"""The project, in a folder of its own in which the process works."""

import pytest
from lineage_project import Project


@pytest.fixture
def project(tmp_path, monkeypatch):
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    return Project(root)
