"""`python -m casemate` is `casemate`."""

from casemate.cli import entry

entry()
