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


LETTER = "<a n='车流'/>"
DECLARED = "<?xml version='1.0' encoding='{}'?>" + LETTER


@pytest.mark.parametrize(
    "data",
    [
        LETTER.encode(),
        LETTER.encode("utf-8-sig"),
        LETTER.encode("utf-16"),
        LETTER.encode("utf-32"),
        LETTER.encode("utf-16-le"),
        LETTER.encode("utf-16-be"),
        DECLARED.format("UTF-16").encode(),
        DECLARED.format("UTF-8").encode("utf-16"),
        DECLARED.format("GBK").encode("gbk"),
        DECLARED.format("gb2312").encode(),
        DECLARED.format("ISO-8859-1").encode(),
        DECLARED.format("unicode").encode(),
        b"\n\n " + DECLARED.format("UTF-8").encode(),
    ],
)
def test_the_bytes_say_in_which_encoding_they_are(data):
    assert read_xml(data, what="f").get("n") == "车流"


def test_what_could_be_any_encoding_is_guessed_for_showing_only():
    data = DECLARED.format("UTF-8").encode("gb18030")
    assert read_xml(data, what="f", lenient=True).get("n") == "车流"
    with pytest.raises(XmlRefused):
        read_xml(data, what="f")


def test_the_legible_part_of_a_broken_file_is_for_showing_only():
    assert len(read_xml(b"<a><b/><b>", what="f", lenient=True)) == 2
    assert read_xml(b"<a><x:b/></a>", what="f", lenient=True)[0].tag == "x:b"


def test_a_namespace_need_not_be_an_address():
    assert read_xml(b"<a xmlns:t='Enterprise Architect'/>", what="f").tag == "a"


def test_an_element_with_thousands_of_attributes_is_refused():
    attributes = " ".join(f"a{number}=''" for number in range(1001))
    with pytest.raises(XmlRefused, match="1000 attributes"):
        read_xml(f"<a {attributes}/>".encode(), what="f")


def test_a_syntax_error_says_its_line():
    with pytest.raises(XmlRefused) as refused:
        read_xml(b"<a>\n<b>\n</a>", what="f")
    assert refused.value.line == 3


def test_a_document_of_exactly_the_limit_of_depth_is_read():
    assert read_xml(b"<a>" * 200 + b"</a>" * 200, what="f").tag == "a"
