"""Sign-offs: who stands for this assessment, in a record to which lines are only ever added."""

from casemate.validate.signoff.binds import binds
from casemate.validate.signoff.chain import Chain, Entry, append, path_of, read
from casemate.validate.signoff.standing import Standing, hold, standings

__all__ = ["Chain", "Entry", "Standing", "append", "binds", "hold", "path_of", "read", "standings"]
