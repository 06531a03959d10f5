"""Whatever can be seen of a diagram is shown, walked through and drawn."""

import diagrams as d
import pytest
from lxml import etree

from engine.bpmn.dialect import BPMNDI
from engine.bpmn.layout import DC, drawable
from engine.bpmn.sketch import read_sketch
from engine.bpmn.walk import walk


def sketched(*parts):
    return read_sketch(d.bundle(d.process("p", *parts)), "x.bpmn")


def path(sketch, seed=0, **settings):
    return [
        (step.what, step.element_id)
        for step in walk(sketch.places["p"], sketch.places, seed=seed, **settings)
    ]


def test_the_same_seed_is_the_same_path_and_others_go_elsewhere():
    sketch = sketched(
        d.start(),
        d.gateway("exclusive", "g"),
        d.end("yes"),
        d.end("no"),
        d.path("s", "g"),
        d.flow("g", "yes"),
        d.flow("g", "no"),
    )
    assert path(sketch, 3) == path(sketch, 3)
    assert {path(sketch, seed)[-2][1] for seed in range(9)} == {"yes", "no"}


def test_branches_come_together_once():
    sketch = sketched(
        d.start(),
        d.gateway("parallel", "f"),
        d.user("a"),
        d.user("b"),
        d.gateway("parallel", "j"),
        d.end(),
        d.path("s", "f", "a", "j", "e"),
        d.path("f", "b", "j"),
    )
    assert path(sketch) == [
        ("start", "s"),
        ("fork", "f"),
        ("manual", "a"),
        ("manual", "b"),
        ("join", "j"),
        ("end", "e"),
        ("done", "p"),
    ]


def test_a_join_that_nobody_reaches_says_for_what_it_waits():
    sketch = sketched(
        d.start(),
        d.gateway("exclusive", "f"),
        d.user("a"),
        d.user("b"),
        d.gateway("parallel", "j"),
        d.end(),
        d.path("s", "f", "a", "j", "e"),
        d.path("f", "b", "j"),
    )
    last = walk(sketch.places["p"], sketch.places)[-1]
    assert (last.what, last.element_id) == ("stuck", "j")
    assert "名 a" in last.text("en") or "名 b" in last.text("en")
    assert last.text("zh").startswith("停在")


def test_an_inclusive_join_waits_for_what_was_chosen_only():
    sketch = sketched(
        d.start(),
        d.gateway("inclusive", "f"),
        *(d.user(name) for name in "abc"),
        d.gateway("inclusive", "j"),
        d.end(),
        d.path("s", "f"),
        *(d.path("f", name, "j") for name in "abc"),
        d.path("j", "e"),
    )
    for seed in range(12):
        steps = path(sketch, seed)
        assert steps[-1] == ("done", "p")
        assert steps.count(("end", "e")) == 1


def test_a_loop_without_an_end_is_left_after_so_many_steps():
    sketch = sketched(d.user("a"), d.user("b"), d.path("a", "b", "a"))
    assert path(sketch, steps_max=10)[-1] == ("too_long", "p")


def test_an_error_leaves_its_subprocess_by_the_boundary():
    sketch = sketched(
        d.start(),
        d.inside("sub", d.start("is"), d.error_end("ie", "E1"), d.path("is", "ie")),
        d.boundary("x", "sub", d.error("E1")),
        d.end(),
        d.end("failed"),
        d.path("s", "sub", "e"),
        d.flow("x", "failed"),
    )
    for seed in range(8):
        assert ("end", "failed") in path(sketch, seed)
        assert ("end", "e") not in path(sketch, seed)


def test_terminate_ends_all_branches():
    sketch = sketched(
        d.start(),
        d.gateway("parallel", "f"),
        d.terminate_end("t"),
        *(d.user(f"a{n}") for n in range(5)),
        d.end(),
        d.path("s", "f", "t"),
        d.path("f", *(f"a{n}" for n in range(5)), "e"),
    )
    assert path(sketch)[-2:] == [("terminated", "t"), ("done", "p")]


def test_a_boundary_may_disturb_and_may_interrupt():
    for stops, word in ((True, "boundary"), (False, "alarm")):
        sketch = sketched(
            d.start(),
            d.user("a"),
            d.boundary("x", "a", d.timer("P1D"), interrupting=stops),
            d.end(),
            d.end("late"),
            d.path("s", "a", "e"),
            d.flow("x", "late"),
        )
        paths = [path(sketch, seed) for seed in range(20)]
        disturbed = [steps for steps in paths if (word, "x") in steps]
        assert 0 < len(disturbed) < 20
        assert all((("manual", "a") in steps) is not stops for steps in disturbed)


def test_links_calls_and_what_is_missing():
    sketch = read_sketch(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.call("c", "q"),
                d.call("gone", "nowhere"),
                d.node("intermediateThrowEvent", "l", '<linkEventDefinition name="far"/>'),
                d.catch("m", '<linkEventDefinition name="far"/>'),
                d.user("last"),
                d.path("s", "c", "gone", "l"),
                d.path("m", "last"),
            ),
            d.process("q", d.user("inner")),
        ),
        "x.bpmn",
    )
    assert [what for what, _ in path(sketch)] == [
        *(
            "start",
            "call",
            "manual",
            "end_open",
            "leave",
            "call_missing",
            "event",
            "event",
            "manual",
            "end_open",
            "done",
        )
    ]


def test_a_process_that_calls_itself_comes_to_an_end():
    sketch = sketched(d.start(), d.call("c", "p"), d.end(), d.path("s", "c", "e"))
    assert path(sketch)[-1] == ("done", "p")


def test_what_is_missing_is_made_up_and_told():
    sketch = sketched('<task name="a"/><task name="b"/>', d.user("x"), d.user("x"), d.flow("x", "nobody"))
    assert {remark.code for remark in sketch.remarks} == {"ids_missing", "ids_twice", "flows_to_nowhere"}
    assert len(sketch.places["p"].nodes) == 4
    assert all(";" in remark.en and "。" in remark.zh for remark in sketch.remarks)


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"<a", b"<svg/>", b"<definitions/>", "<définitions/>".encode("utf-16")]
)
def test_what_is_no_diagram_gets_a_remark(data):
    sketch = read_sketch(data, "x")
    assert sketch.places == {}
    assert sketch.remarks[0].code in {"cannot_be_shown", "nothing_to_walk"}
    assert drawable(data, "x") == data


def test_a_diagram_without_shapes_is_laid_out_from_left_to_right():
    data = d.bundle(
        d.process(
            "p",
            d.start(),
            d.inside("sub", d.start("is"), d.user("inner"), d.end("ie"), d.path("is", "inner", "ie")),
            d.boundary("t", "sub", d.timer("P1D")),
            d.end(),
            d.path("s", "sub", "e"),
            d.flow("t", "e"),
        )
    ).replace(b"<bpmndi:BPMNDiagram/>", b"")
    root = etree.fromstring(drawable(data, "x.bpmn"))
    boxes = {
        shape.get("bpmnElement"): {
            name: float(value) for name, value in shape.find(f"{{{DC}}}Bounds").items()
        }
        for shape in root.iter(f"{{{BPMNDI}}}BPMNShape")
    }
    outer, inner = boxes["sub"], boxes["inner"]

    assert set(boxes) == {"s", "sub", "is", "inner", "ie", "t", "e"}
    assert boxes["s"]["x"] < outer["x"] < boxes["e"]["x"]
    assert outer["x"] < inner["x"]
    assert inner["x"] + inner["width"] < outer["x"] + outer["width"]
    assert inner["y"] + inner["height"] < outer["y"] + outer["height"]
    assert len(list(root.iter(f"{{{BPMNDI}}}BPMNEdge"))) == 5
    assert root.find(f".//{{{BPMNDI}}}BPMNPlane").get("bpmnElement") == "p"


def test_what_is_drawn_already_stays_and_only_the_rest_is_added():
    shape = (
        f'<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="p"><bpmndi:BPMNShape bpmnElement="s">'
        f'<dc:Bounds xmlns:dc="{DC}" x="7" y="9" width="36" height="36"/></bpmndi:BPMNShape>'
        "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
    )
    data = d.bundle(d.process("p", d.start(), d.end(), d.path("s", "e")))
    drawn = drawable(data.replace(b"<bpmndi:BPMNDiagram/>", shape.encode()), "x.bpmn")

    assert drawn.count(b"BPMNPlane ") == 1
    assert drawn.count(b'bpmnElement="s"') == 1
    assert b'x="7" y="9"' in drawn
    assert b'bpmnElement="e"' in drawn
