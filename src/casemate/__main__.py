"""`python -m casemate` is `casemate`."""

from casemate.cli import main

main()
