"""What the XML reader lets in and what it refuses."""

import pytest

from engine.xml import XmlRefused, read_xml

BOMB = b"""<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>"""
EXTERNAL = b"""<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>"""


def test_a_plain_document_is_read_without_its_comments():
    root = read_xml("<a><!-- note --><b>车</b></a>".encode(), what="a file")
    assert [child.tag for child in root] == ["b"]
    assert root[0].text == "车"


@pytest.mark.parametrize(
    "data",
    [
        BOMB,
        EXTERNAL,
        b"<!DOCTYPE x><x/>",
        b"",
        b"   ",
        b"<a>",
        b"<a></b>",
        b"not xml",
        b"\x00\x01\x02",
        b"<a>" * 201 + b"</a>" * 201,
        b"<a>" * 5000 + b"</a>" * 5000,
        b"<a>" + b" " * (5 * 1024 * 1024) + b"</a>",
    ],
)
def test_hostile_or_broken_xml_is_refused_and_names_what_was_read(data):
    with pytest.raises(XmlRefused, match="the table") as refused:
        read_xml(data, what="the table")
    assert refused.value.code == "xml_refused"


def test_a_syntax_error_says_its_line():
    with pytest.raises(XmlRefused) as refused:
        read_xml(b"<a>\n<b>\n</a>", what="f")
    assert refused.value.line == 3


def test_a_document_of_exactly_the_limit_of_depth_is_read():
    assert read_xml(b"<a>" * 200 + b"</a>" * 200, what="f").tag == "a"
