"""Reading XML that somebody else wrote: no DTD, no entities, no network, bounded size and depth."""

from __future__ import annotations

import codecs
import re

from lxml import etree

SIZE_MAX_BYTES = 5 * 1024 * 1024
DEPTH_MAX = 200
ATTRIBUTES_MAX = 1_000  # of one element: listing the attributes takes the square of their number

# The four-byte mark first: the mark of UTF-16 is its beginning.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
# A namespace may be any text; only libxml2 asks that it be an address.
_OF_NO_MATTER = frozenset({etree.ErrorTypes.WAR_NS_URI, etree.ErrorTypes.WAR_NS_URI_RELATIVE})
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']")
_DECLARATION = re.compile(r"<\?xml\s[^>]*?\?>\s*")
_OF_ASCII = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


class XmlRefused(Exception):
    """The bytes are not XML this system is willing to read.

    `what` names the thing that was read (a file name, "the BPMN"), `reason` the rule that was broken,
    `line` the place where known.
    """

    code = "xml_refused"

    def __init__(self, what: str, reason: str, line: int | None = None) -> None:
        self.what = what
        self.reason = reason
        self.line = line
        place = f", line {line}" if line else ""
        super().__init__(f"{what}{place}: {reason}")


def read_xml(data: bytes, *, what: str, lenient: bool = False) -> etree._Element:
    """Return the root element of `data`, comments and processing instructions left out.

    A document type declaration is refused whatever it holds: entity bombs and external entities both
    need one, and neither BPMN nor DMN has a use for it. The encoding is that of the byte order mark, else the
    declared one, else UTF-8; a declaration that the bytes themselves disprove is passed over.

    `lenient` reads for showing only: the legible part of a broken file, and 8-bit text of an undeclared encoding as
    GB 18030, else as Windows-1252.

    Raises XmlRefused for more than 5 MB, a DOCTYPE, nesting beyond 200 elements, more
    than 1,000 attributes of an element and, unless `lenient`, anything
    that is not well-formed.
    """
    if len(data) > SIZE_MAX_BYTES:
        raise XmlRefused(what, f"larger than {SIZE_MAX_BYTES // (1024 * 1024)} MB")
    if not data.strip():
        raise XmlRefused(what, "empty")
    root = _parsed(_in_utf8(data, guess=lenient), what, recover=lenient)
    if root.getroottree().docinfo.doctype:
        raise XmlRefused(what, "a DOCTYPE is not allowed; remove it")
    _check_shape(root, what)
    return root


def _parsed(data: bytes, what: str, *, recover: bool) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if not recover and {entry.type for entry in parser.error_log} <= _OF_NO_MATTER:
            return _parsed(data, what, recover=True)
        line = error.lineno if error.lineno else None
        raise XmlRefused(what, f"not well-formed XML ({(error.msg or '').strip()})", line) from error
    except ValueError as error:
        raise XmlRefused(what, str(error)) from error
    if root is None:  # nothing could be recovered
        raise XmlRefused(what, "not XML")
    return root


def _in_utf8(data: bytes, *, guess: bool) -> bytes:
    """The document in UTF-8 without a declaration where its encoding is not the one that it declares."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _declared_no_more(data[len(mark) :].decode(encoding, "replace"))
    start = data[:4]
    if start[1:2] == b"\0" and start[0:1] == b"<":
        return _declared_no_more(data.decode("utf-16-le", "replace"))
    if start[0:1] == b"\0" and start[1:2] == b"<":
        return _declared_no_more(data.decode("utf-16-be", "replace"))
    data = data.lstrip()
    declared = _ENCODING.match(data)
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if data.isascii() and encoding in _OF_ASCII:
        return data
    try:
        return _declared_no_more(
            data.decode("utf-8")
        )  # hardly any text of another encoding is by chance also UTF-8
    except UnicodeDecodeError:
        return _guessed(data, encoding) if guess else data


def _guessed(data: bytes, declared: str) -> bytes:
    for encoding in (declared, "gb18030", "cp1252"):
        try:
            return _declared_no_more(data.decode(encoding))
        except (LookupError, ValueError):
            continue
    return _declared_no_more(data.decode("utf-8", "replace"))


def _declared_no_more(text: str) -> bytes:
    return _DECLARATION.sub("", text.lstrip(), count=1).encode("utf-8", "replace")


def _check_shape(root: etree._Element, what: str) -> None:
    """Walk without recursion, so that the check itself cannot be exhausted."""
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        if depth > DEPTH_MAX:
            raise XmlRefused(what, f"elements nested deeper than {DEPTH_MAX}", element.sourceline)
        if len(element.attrib) > ATTRIBUTES_MAX:
            raise XmlRefused(
                what, f"an element with more than {ATTRIBUTES_MAX} attributes", element.sourceline
            )
