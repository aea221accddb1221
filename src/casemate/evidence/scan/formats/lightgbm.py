"""Models of LightGBM as text, versions 2 to 4: a head, trees of numbers, importances, parameters, words of categories.

They hold no code. Each line is held against what LightGBM writes in that section; one that it does not write is where
the walk ends. The parameters name files (data, machines, forced splits); they tell how the model was made, and loading
it opens none of them.
Source: GBDT::SaveModelToString and Tree::ToString of LightGBM 4, and what it writes.
"""

from __future__ import annotations

import re
from functools import cache

from casemate.evidence.scan.data import Data, find, keep_small, piece, window
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.notes import Enough, Notes
from casemate.evidence.scan.plain import is_text
from casemate.evidence.scan.protobuf import Broken
from casemate.evidence.scan.report import Walk

FIRST = b"t"
MOST = 16_000_000  # bytes of a line with words
BEGINS = (b"tree\nversion=", b"tree\r\nversion=")
WORDS = rb"[^\x00-\x1f\x7f]*"
NUMBERS = rb"[-+0-9.eEinfaINFA ]*+"  # with inf and nan
_HEAD = (
    rb"tree|version=v\d{1,3}|(?:num_class|num_tree_per_iteration|label_index|max_feature_idx)=[-\d]{1,20}"
    rb"|(?:objective|feature_names|feature_infos|tree_sizes|monotone_constraints|feature_penalty)=%s|average_output"
    % WORDS
)
_TREE = (
    rb"Tree=\d{1,20}|(?:num_leaves|num_cat|split_feature|split_gain|threshold|decision_type|left_child|right_child"
    rb"|leaf_value|leaf_weight|leaf_count|internal_value|internal_weight|internal_count|cat_boundaries|cat_threshold"
    rb"|is_linear|leaf_const|num_features|leaf_features|leaf_coeff|shrinkage)=%s" % NUMBERS
)
# The sections in their order: what a line of each may be, what of them has words, and what begins the next section.
SECTIONS = (
    (_HEAD, True, rb"Tree=0|end of trees"),
    (_TREE, False, rb"end of trees"),
    (rb"end of trees", False, rb"feature_importances:|parameters:|pandas_categorical:"),
    (rb"feature_importances:|%s=[-+\d.einfa]{1,30}" % WORDS, True, rb"parameters:|pandas_categorical:"),
    (rb"parameters:|\[\w+: %s\]" % WORDS, True, rb"end of parameters"),
    (rb"end of parameters", False, rb"pandas_categorical:"),
)
TREES = 2  # the section behind the trees
LAST = b"pandas_categorical:"  # as the package for Python writes it; the program ends with its parameters


def recognise(data: Data) -> bool:
    """Whether it begins with the word tree and a version."""
    return piece(data, 0, len(BEGINS[0])) == BEGINS[0] or piece(data, 0, len(BEGINS[1])) == BEGINS[1]


@cache
def _sections() -> list[tuple[re.Pattern[bytes], bool, re.Pattern[bytes]]]:
    """The sections with their expressions compiled: that takes milliseconds, and few files need it."""
    return [(re.compile(line), words, re.compile(after)) for line, words, after in SECTIONS]


def walk(data: Data, descend: Descend) -> Walk:
    """Every line."""
    model = _Model(data, descend.notes())
    try:
        model.read()
    except Enough as e:
        model.notes.add("limit", "inconclusive", f"{e}; the rest was not read", model.at)
    except Broken as e:
        model.notes.add("broken", "inconclusive", str(e), e.at)
    return model.notes.walk(model.at, "lightgbm-text")


class _Model:
    """A walk over one model. `at` is how far it is read."""

    def __init__(self, data: Data, notes: Notes) -> None:
        self.data = data
        self.notes = notes
        self.at = 0
        self.section = 0

    def read(self) -> None:
        """All lines. Fails with Enough or Broken."""
        while self.at < len(self.data):
            self.notes.step()
            end = find(self.data, b"\n", self.at)
            if end < 0:
                raise Broken("ends inside a line", self.at)
            if piece(self.data, self.at, self.at + len(LAST)) == LAST and self.section >= TREES:
                return self.categories(self.at + len(LAST))
            stop = end - (end > self.at and self.data[end - 1] == ord("\r"))
            if stop > self.at:
                self.line(stop)
            keep_small(self.data, self.at, end)
            self.at = end + 1
        if self.section + 1 < len(SECTIONS):
            raise Broken("ends before its parameters do", self.at)
        return None

    def line(self, end: int) -> None:
        """One line that is not empty, in its section or as the first of a later one."""
        allowed, words, after = _sections()[self.section]
        if self.section + 1 < len(SECTIONS) and after.fullmatch(self.data, self.at, end):
            self.section = self.begun(end)
        elif allowed.fullmatch(self.data, self.at, end) is None:
            raise Broken("has a line that LightGBM does not write there", self.at)
        elif words:
            self.words(end)

    def begun(self, end: int) -> int:
        """The later section that begins with a line."""
        later = range(self.section + 1, len(SECTIONS))
        return next(i for i in later if _sections()[i][0].fullmatch(self.data, self.at, end))

    def words(self, end: int) -> None:
        """Fails with Broken where words are no text."""
        if end - self.at > MOST:
            raise Enough(f"has a line of more than {MOST:,} bytes")
        if not is_text(piece(self.data, self.at, end)):
            raise Broken("has a line that is no text", self.at)

    def categories(self, begin: int) -> None:
        """The words of categories of a pandas table: JSON without objects, to the end of the file."""
        from casemate.evidence.scan.json_events import Json  # needed at the end of a model alone

        reader = Json(window(self.data, begin, len(self.data)))
        try:
            for kind, at, end in reader.events():
                self.notes.step()
                if kind in ("object", "key"):
                    raise Broken("has categories that LightGBM does not write", at)
                if kind == "text" and not is_text(piece(reader.data, at, end)):
                    raise Broken("has a category that is no text", at)
        except Broken as e:
            raise Broken(str(e), begin + e.at) from None
        if piece(self.data, len(self.data) - 1, len(self.data)) != b"\n":
            raise Broken("ends inside a line", self.at)
        self.at = begin + reader.at
        if self.at < len(self.data):
            raise Broken("goes on behind its last line", self.at)
