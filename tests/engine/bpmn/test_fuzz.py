"""Whatever is done to a diagram, reading it ends in a report: no crash, no hang, no growth."""

import copy
import gc
import resource
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from tidiness import ROOT

from engine.bpmn import texts
from engine.bpmn.checker import check_bundle
from engine.bpmn.layout import drawable
from engine.bpmn.model import Known
from engine.bpmn.reader import read_bundle
from engine.bpmn.sketch import read_sketch
from engine.bpmn.walk import walk
from engine.spiff import BpmnInvalid, compile_processes
from engine.xml import XmlRefused, read_xml

SAMPLES = sorted((ROOT / "tests/engine/bpmn/foreign").iterdir()) + sorted(
    (ROOT / "processes").rglob("*.bpmn")
)
TREES = [read_xml(path.read_bytes(), what=path.name) for path in SAMPLES]
NODES = max(sum(1 for _ in tree.iter()) for tree in TREES)
TAGS = sorted({str(node.tag) for tree in TREES for node in tree.iter(tag=etree.Element)})
NAMES = sorted({str(name) for tree in TREES for node in tree.iter(tag=etree.Element) for name in node.attrib})
TEXTS = [
    "",
    " ",
    "Start",
    "x:y",
    "::",
    "${",
    "${a",
    "#{b}",
    "${!a}",
    "=",
    "=1",
    "R/PT0S",
    "P",
    "é中\u200b",
    "']",
    "0" * 300,
]

CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["drop", "double", "move", "rename", "attribute", "unset", "text", "swap"]),
        st.integers(0, NODES - 1),
        st.integers(0, NODES - 1),
        st.integers(0, 1000),
        st.sampled_from(TEXTS) | st.text(max_size=6),
    ),
    min_size=1,
    max_size=8,
)


def legible(text: str) -> str:
    """What XML lets stand."""
    return "".join(sign for sign in text if sign.isprintable() or sign == " ")


def changed(tree: etree._Element, changes: list[tuple[str, int, int, int, str]]) -> bytes:
    """A copy of the tree with the changes made to it, in order."""
    root = copy.deepcopy(tree)
    for how, at, other_at, pick, text in changes:
        nodes = list(root.iter(tag=etree.Element))
        node, other = nodes[at % len(nodes)], nodes[other_at % len(nodes)]
        parent, names = node.getparent(), sorted(map(str, node.attrib))
        if how == "drop" and parent is not None:
            parent.remove(node)
        elif how == "double" and parent is not None:
            parent.append(copy.deepcopy(node))
        elif how == "move" and parent is not None and node not in [other, *other.iterancestors()]:
            other.append(node)
        elif how == "rename":
            node.tag = TAGS[pick % len(TAGS)]
        elif how == "attribute":
            node.set(NAMES[pick % len(NAMES)], legible(text))
        elif how == "unset" and names:
            del node.attrib[names[pick % len(names)]]
        elif how == "text":
            node.text = legible(text)
        elif how == "swap" and names and other.attrib:
            values = sorted(map(str, other.attrib.values()))
            node.set(names[pick % len(names)], values[pick % len(values)])
    return etree.tostring(root)


def read_every_way(data: bytes, seed: int = 0) -> None:
    """Checker, compiler, sketch, layout and walk, as the command line would."""
    files = {"fuzz.bpmn": data}
    found = check_bundle(files, Known())
    bundle = read_bundle(files)
    for each in [*found, *bundle.notes, *texts.translations(bundle)]:
        assert each.text("zh")
        assert each.text("en")
    with suppress(BpmnInvalid):
        compile_processes(files)
    sketch = read_sketch(data, "fuzz.bpmn")
    for place in sketch.places.values():
        steps = walk(place, sketch.places, seed=seed)
        assert steps[-1].what in ("done", "stuck", "too_long")
        assert steps == walk(place, sketch.places, seed=seed)
    drawn = drawable(data, "fuzz.bpmn")
    assert drawable(drawn, "fuzz.bpmn") == drawn, "nothing is drawn twice"


def mutations(examples: int):
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@mutations(50)
@given(st.sampled_from(TREES), CHANGES, st.integers(0, 99))
def test_a_mutilated_diagram_ends_in_a_report(tree, changes, seed):
    read_every_way(changed(tree, changes), seed)


@mutations(40)
@given(
    st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=4)), max_size=6)
)
def test_mutilated_bytes_end_in_a_report(path, edits):
    data = bytearray(path.read_bytes())
    for at, piece in edits:
        at %= len(data)
        data[at : at + len(piece)] = piece
    read_every_way(bytes(data))


@mutations(60)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_end_in_a_report(data):
    read_every_way(data)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_ten_minutes_of_mutilated_diagrams_neither_hang_nor_grow():
    end, worst = time.monotonic() + 600, 0.0
    sizes: list[int] = []

    @mutations(300)  # small runs, so that the clock is looked at often
    @given(st.sampled_from(TREES), CHANGES, st.integers(0, 99))
    def run(tree, changes, seed):
        nonlocal worst
        started = time.process_time()
        read_every_way(changed(tree, changes), seed)
        worst = max(worst, time.process_time() - started)

    while time.monotonic() < end:
        run()
        gc.collect()
        sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    assert worst < 5
    assert sizes[-1] < sizes[len(sizes) // 2] * 1.2 + 20_000, "kilobytes: it has stopped growing by half time"


def wrapped(body: str, head: str = "") -> bytes:
    space = "http://www.omg.org/spec/BPMN/20100524/MODEL"
    return f'<definitions xmlns="{space}"{head}>{body}</definitions>'.encode()


HOSTILE = {
    "an entity bomb": b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><d>&b;</d>',
    "an external entity": b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><d>&a;</d>',
    "great depth": b"<a>" * 500_000,
    "subprocesses without end": wrapped(
        "<process id='p'>" + "<subProcess>" * 300 + "</subProcess>" * 300 + "</process>"
    ),
    "many attributes": b"<a " + b" ".join(b"a%d=''" % number for number in range(200_000)) + b"/>",
    "two hundred megabytes": b"<a>" + b"x" * 200_000_000 + b"</a>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused_at_once(name):
    started = time.process_time()
    for lenient in (False, True):
        with pytest.raises(XmlRefused):
            read_xml(HOSTILE[name], what="it", lenient=lenient)
    assert read_sketch(HOSTILE[name], "it").root is None
    assert time.process_time() - started < 5


MANY = {
    "processes": wrapped("".join(f'<process id="p{number}"/>' for number in range(5_000))),
    "tasks": wrapped('<process id="p">' + "".join(f'<task id="t{n}"/>' for n in range(3_000)) + "</process>"),
    "flows": wrapped(
        '<process id="p"><task id="a"/><task id="b"/>'
        + "".join(f'<sequenceFlow id="f{n}" sourceRef="a" targetRef="b"/>' for n in range(1_000))
        + "</process>"
    ),
    "forks": wrapped(
        '<process id="p"><parallelGateway id="a"/><parallelGateway id="b"/>'
        + "".join(f'<sequenceFlow id="f{n}" sourceRef="a" targetRef="b"/>' for n in range(300))
        + "".join(f'<sequenceFlow id="g{n}" sourceRef="b" targetRef="a"/>' for n in range(300))
        + "</process>"
    ),
    "calls": wrapped(
        "".join(
            f'<process id="p{n}"><callActivity id="c{n}" calledElement="p{n + 1}"/></process>'
            for n in range(3_000)
        )
    ),
    "parts": wrapped("<process id='p'/>" + "<message/>" * 60_000),
}


@pytest.mark.parametrize("name", MANY)
def test_many_elements_are_read_in_bounded_time(name):
    started = time.process_time()
    read_every_way(MANY[name])
    assert time.process_time() - started < 20


def test_the_samples_are_read_as_they_are():
    for path in SAMPLES:
        read_every_way(Path(path).read_bytes())
