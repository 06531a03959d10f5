"""Reading XML that somebody else wrote: no DTD, no entities, no network, bounded size and depth."""

from lxml import etree

SIZE_MAX_BYTES = 5 * 1024 * 1024
DEPTH_MAX = 200


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


def read_xml(data: bytes, *, what: str) -> etree._Element:
    """Return the root element of `data`, comments and processing instructions left out.

    A document type declaration is refused whatever it holds: entity bombs and external entities both
    need one, and neither BPMN nor DMN has a use for it.

    Raises XmlRefused for more than 5 MB, a DOCTYPE, nesting beyond 200 elements and anything that is
    not well-formed.
    """
    if len(data) > SIZE_MAX_BYTES:
        raise XmlRefused(what, f"larger than {SIZE_MAX_BYTES // (1024 * 1024)} MB")
    if not data.strip():
        raise XmlRefused(what, "empty")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno if error.lineno else None
        raise XmlRefused(what, f"not well-formed XML ({error.msg})", line) from error
    except ValueError as error:
        raise XmlRefused(what, str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise XmlRefused(what, "a DOCTYPE is not allowed; remove it")
    _check_depth(root, what)
    return root


def _check_depth(root: etree._Element, what: str) -> None:
    """Walk without recursion, so that the check itself cannot be exhausted."""
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEPTH_MAX:
            raise XmlRefused(what, f"elements nested deeper than {DEPTH_MAX}", element.sourceline)
