"""YAML and HCL as others write them: anchors, tags, several documents, heredocs; bounded whatever stands in them."""

from hypothesis import given
from hypothesis import strategies as st

from casemate.discover import hcl
from casemate.discover.loose_yaml import at, documents, entries, scalars, text, texts


def doc(source):
    docs, wrong = documents(source)
    assert not wrong
    return docs[0]


def test_a_value_knows_its_line():
    (found,) = texts(at(doc("a:\n  b:\n    - x\n"), "a", "b"))
    assert (found.value, found.line) == ("x", 3)
    assert entries(doc("a: 1\nb: 2\n"))[1][2] == 2


def test_several_documents_tags_and_merges_are_read():
    docs, wrong = documents("a: !ref x\n---\nbase: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\n")
    assert (wrong, text(docs[0], "a")) == ("", "x")
    assert (text(docs[1], "c", "x"), text(docs[1], "c", "y")) == ("1", "3")


def test_what_breaks_off_keeps_what_came_before():
    docs, wrong = documents("a: 1\n---\nb: [\n---\n")
    assert (text(docs[0], "a"), wrong) == ("1", "is not YAML from line 4 on")


def test_a_billion_laughs_are_one():
    lines = ["a: &a [x, x]"] + [
        f"{c}: &{c} [*{p}, *{p}, *{p}, *{p}]" for p, c in zip("abcdefghijkl", "bcdefghijklm", strict=True)
    ]
    assert len(list(scalars(doc("\n".join(lines)), 500))) <= 500


def test_a_node_in_itself_ends():
    assert len(list(scalars(doc("a: &a\n  b: *a\n  c: x\n"), 50))) <= 50


def test_what_is_too_deep_or_too_long_is_told():
    assert documents("[" * 100_000)[1] == "is nested deeper than 40, line 1"
    assert documents("- x\n" * 100_001)[1] == "has more than 100,000 values"


@given(st.text(max_size=200) | st.text(alphabet="[]{}:,&*!-|> \n'\"ab<", max_size=200))
def test_any_text_is_read_or_told(source):
    docs, wrong = documents(source)
    assert isinstance(docs, list)
    assert isinstance(wrong, str)


TF = """
# a comment with { and "
resource "aws_s3_bucket" "data" {   // where it lies
  bucket = "acme-data" # not this
  url    = "https://x/y#z"
  tags = {
    Owner = "me"
  }
  policy = <<-END
    { "Statement": [
  END
  versioning {
    enabled = true
  }
}
/* resource "gone" "gone" {
} */
variable "x" {}
"""


def test_the_blocks_of_a_terraform_file():
    found, left = hcl.blocks(TF)
    assert [(b.type, b.labels, b.line) for b in found] == [
        ("resource", ("aws_s3_bucket", "data"), 3),
        ("variable", ("x",), 18),
    ]
    bucket = found[0]
    assert (bucket.text("bucket"), bucket.line_of("bucket"), bucket.text("url")) == ("acme-data", 4, "https://x/y#z")
    assert (bucket.inner[0].type, bucket.inner[0].text("enabled"), left) == ("versioning", "true", 0)


def test_what_is_worked_out_later_is_no_text():
    (block,), _ = hcl.blocks('resource "a" "b" {\n  x = "${var.y}-z"\n  y = var.z\n}\n')
    assert (block.text("x"), block.text("y")) == ("", "")


def test_lines_that_are_not_understood_are_counted():
    assert hcl.blocks("???\n%%\n")[1] == 2


@given(st.text(alphabet='{}[]"=#/*<\\ \nabEOF', max_size=300))
def test_any_terraform_is_read_or_counted(source):
    found, left = hcl.blocks(source)
    assert left >= 0
    assert isinstance(found, list)
