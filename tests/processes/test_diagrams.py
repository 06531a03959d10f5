"""The diagrams stay tidy: what an analyst draws is named by hand, complete in both languages, and all of it is used."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import handlers
from cheliu.wiring import FORMS, PROCESSES
from company.people.matrix import ROLES
from engine.bpmn.checker import check_bundle
from engine.bpmn.model import Known
from engine.dmn import parse_dmn
from engine.dmn.sheets import sheets
from engine.xml import read_xml
from forms.check import check_form
from forms.view import english_keys

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DD = "{http://www.omg.org/spec/DD/20100524/DI}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
HAND_GIVEN = re.compile(
    r"(Start|Task|Call|Gateway|Flow|Timer|Event|Error|End|SubProcess|Message)_[A-Z][A-Za-z0-9]*(_Caught)?(_Definition)?"
)
CHINESE = re.compile("[\u3400-\u9fff]")
# A node whose id needs no name: the join of paths asks no question.
NAMELESS = {"Gateway_ReviewConcluded"}

FOLDERS = sorted(path.parent for path in PROCESSES.glob("*/*.bpmn"))


def diagram(folder: Path):
    return read_xml((folder / f"{folder.name}.bpmn").read_bytes(), what="diagram")


def nodes(folder: Path) -> Iterator:
    for element in diagram(folder).iter():
        kind = str(element.tag).removeprefix(BPMN)
        if element.get("id") and kind != element.tag and kind not in ("definitions", "process"):
            yield kind, element


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request) -> Path:
    return request.param


def test_folder_file_and_process_have_one_name(folder: Path) -> None:
    (process,) = diagram(folder).iter(f"{BPMN}process")
    assert process.get("id") == folder.name


def test_every_id_is_given_by_hand(folder: Path) -> None:
    assert [e.get("id") for _, e in nodes(folder) if not HAND_GIVEN.fullmatch(e.get("id"))] == []


def test_every_node_has_a_chinese_name(folder: Path) -> None:
    named = ("Task", "Gateway", "Event", "Activity", "subProcess")
    missing = [
        e.get("id")
        for kind, e in nodes(folder)
        if kind.endswith(named) and not CHINESE.search(e.get("name") or "") and e.get("id") not in NAMELESS
    ]
    assert missing == []


def test_every_flow_begins_and_ends_at_what_it_connects(folder: Path) -> None:
    drawn = diagram(folder)
    shapes = {each.get("bpmnElement"): each.find(f"{DC}Bounds") for each in drawn.iter(f"{DI}BPMNShape")}
    edges = {each.get("bpmnElement"): each.findall(f"{DD}waypoint") for each in drawn.iter(f"{DI}BPMNEdge")}
    loose = [
        (flow.get("id"), flow.get(end))
        for flow in drawn.iter(f"{BPMN}sequenceFlow")
        for end, point in (("sourceRef", 0), ("targetRef", -1))
        if not touches(shapes[flow.get(end)], edges[flow.get("id")][point])
    ]

    assert loose == []


def touches(bounds, point) -> bool:
    """Whether a point lies on a shape, to a pixel."""
    x, y, width, height = (float(bounds.get(name)) for name in ("x", "y", "width", "height"))
    across, down = float(point.get("x")) - x, float(point.get("y")) - y
    return -1 <= across <= width + 1 and -1 <= down <= height + 1


def test_gateways_ask_and_have_a_default_flow(folder: Path) -> None:
    for kind, gateway in nodes(folder):
        outgoing = gateway.findall(f"{BPMN}outgoing")
        if kind == "exclusiveGateway" and len(outgoing) > 1:
            assert (gateway.get("name") or "").endswith("？"), gateway.get("id")
            assert gateway.get("default") in [one.text for one in outgoing], gateway.get("id")


def test_every_branch_of_a_gateway_is_labelled_and_compares_once(folder: Path) -> None:
    found = {e.get("id"): e for _, e in nodes(folder)}
    for kind, gateway in nodes(folder):
        outgoing = [found[one.text] for one in gateway.findall(f"{BPMN}outgoing")]
        if kind == "exclusiveGateway" and len(outgoing) > 1:
            for flow in outgoing:
                assert flow.get("name"), flow.get("id")
                text = flow.findtext(f"{BPMN}conditionExpression") or ""
                assert not re.search(r"\b(and|or)\b", text), flow.get("id")


def test_the_checker_finds_nothing() -> None:
    files = {f"{path.parent.name}/{path.name}": path.read_bytes() for path in PROCESSES.glob("*/*.bpmn")}
    known = Known(
        topics=handlers.registry().names(),
        forms=frozenset(path.stem for path in FORMS.glob("*/*.form")),
        decisions=decisions(),
        groups=frozenset(role[0] for role in ROLES),
    )
    assert [problem.text("en") for problem in check_bundle(files, known)] == []


def decisions() -> frozenset[str]:
    return frozenset(
        decision for path in PROCESSES.glob("*/*.dmn") for decision in parse_dmn(path.read_bytes()).decisions
    )


def attribute(name: str) -> set[str]:
    return {
        element.get(f"{CAMUNDA}{name}")
        for folder in FOLDERS
        for element in diagram(folder).iter()
        if element.get(f"{CAMUNDA}{name}")
    }


def test_every_handler_is_used_by_a_diagram() -> None:
    facts = {
        entry.get("value")
        for folder in FOLDERS
        for entry in diagram(folder).iter(f"{CAMUNDA}property")
        if entry.get("name") == "facts"
    }
    assert handlers.registry().names() == attribute("topic")
    assert handlers.registry().facts_names() == facts


def test_every_form_and_table_is_used_by_a_diagram() -> None:
    assert {path.stem for path in FORMS.glob("*/*.form")} == attribute("formRef")
    # The categories are asked by the day-end, of every loan; whether somebody may be reached before every contact.
    assert decisions() == attribute("decisionRef") | {"risk_category", "may_contact"}


def test_four_eyes_name_steps_that_exist() -> None:
    steps = {f"{folder.name}/{e.get('id')}" for folder in FOLDERS for _, e in nodes(folder)}
    named = [
        name.strip()
        for folder in FOLDERS
        for entry in diagram(folder).iter(f"{CAMUNDA}property")
        if entry.get("name") == "fourEyes"
        for name in entry.get("value").split(",")
    ]
    assert set(named) <= steps
    assert len(named) >= 9


def test_every_user_task_has_a_deadline_in_working_hours(folder: Path) -> None:
    for kind, task in nodes(folder):
        if kind == "userTask":
            names = {entry.get("name") for entry in task.iter(f"{CAMUNDA}property")}
            assert "slaHours" in names, task.get("id")


def words_of_tables(path: Path) -> set[str]:
    """Ids of the columns, and of the rules with a note: what the evidence page shows of a table."""
    return {
        each.id
        for sheet in sheets(path.read_bytes()).values()
        for each in (*sheet.inputs, *sheet.outputs, *(row for row in sheet.rows if row.note))
    }


def test_english_names_are_complete_and_none_is_left_over(folder: Path) -> None:
    english = json.loads((folder / "en.json").read_text())
    wanted = {e.get("id") for _, e in nodes(folder) if CHINESE.search(e.get("name") or "")} | {folder.name}
    wanted |= {path.stem for path in folder.glob("*.dmn")}
    for path in folder.glob("*.dmn"):
        wanted |= set(re.findall(r'<(?:input|output) id="([^"]+)" label=', path.read_text()))
    for path in sorted((FORMS / folder.name).glob("*.form")):
        wanted |= set(english_keys(path.read_bytes()))
    assert wanted - english.keys() == set()
    texts = {key for key in english if "/" not in key}
    of_tables = {key for path in folder.glob("*.dmn") for key in words_of_tables(path)}
    assert texts - wanted - of_tables == set()
    assert [key for key, text in english.items() if CHINESE.search(text)] == []


@pytest.mark.parametrize("path", sorted(FORMS.glob("*/*.form")), ids=lambda path: path.stem)
def test_the_form_checker_finds_nothing(path: Path) -> None:
    assert [problem.text("en") for problem in check_form(path.read_bytes(), file=path.name)] == []


def shapes(folder: Path) -> dict[str, tuple[float, float, float, float]]:
    return {
        shape.get("bpmnElement"): tuple(
            float(shape.find(f"{DC}Bounds").get(n)) for n in ("x", "y", "width", "height")
        )
        for shape in diagram(folder).iter(f"{DI}BPMNShape")
    }


def test_every_node_and_flow_is_drawn(folder: Path) -> None:
    drawn = set(shapes(folder)) | {edge.get("bpmnElement") for edge in diagram(folder).iter(f"{DI}BPMNEdge")}
    wanted = {
        e.get("id")
        for kind, e in nodes(folder)
        if kind.endswith(("Task", "Gateway", "Event", "Activity", "subProcess", "sequenceFlow"))
    }
    assert wanted == drawn


def lines(folder: Path) -> list[tuple[str, tuple[float, float], tuple[float, float]]]:
    found = []
    for edge in diagram(folder).iter(f"{DI}BPMNEdge"):
        points = [(float(p.get("x")), float(p.get("y"))) for p in edge.iter(f"{DD}waypoint")]
        found += [(edge.get("bpmnElement"), a, b) for a, b in itertools.pairwise(points)]
    return found


def test_lines_are_upright_and_none_crosses_another(folder: Path) -> None:
    found = lines(folder)
    for _, (x1, y1), (x2, y2) in found:
        assert x1 == x2 or y1 == y2
    crossings = [
        (name, other)
        for name, a, b in found
        for other, c, d in found
        if name != other
        and a[1] == b[1]
        and c[0] == d[0]
        and min(a[0], b[0]) < c[0] < max(a[0], b[0])
        and min(c[1], d[1]) < a[1] < max(c[1], d[1])
    ]
    assert crossings == []


def test_no_line_runs_through_a_node(folder: Path) -> None:
    containers = {e.get("id") for kind, e in nodes(folder) if kind == "subProcess"}
    hit = []
    for name, (x1, y1), (x2, y2) in lines(folder):
        for node, (x, y, width, height) in shapes(folder).items():
            through = (
                max(x1, x2) > x + 1
                and min(x1, x2) < x + width - 1
                and max(y1, y2) > y + 1
                and min(y1, y2) < y + height - 1
            )
            if node not in containers and through:
                hit.append((name, node))
    assert hit == []


def test_no_two_nodes_overlap(folder: Path) -> None:
    attached = {e.get("id") for _, e in nodes(folder) if e.get("attachedToRef")}
    containers = {e.get("id") for kind, e in nodes(folder) if kind == "subProcess"}
    boxes = {name: box for name, box in shapes(folder).items() if name not in attached | containers}
    overlaps = [
        (one, other)
        for one, (x, y, w, h) in boxes.items()
        for other, (x2, y2, w2, h2) in boxes.items()
        if one < other and x < x2 + w2 and x2 < x + w and y < y2 + h2 and y2 < y + h
    ]
    assert overlaps == []


def labels(folder: Path) -> dict[str, tuple[float, float, float, float]]:
    found = {}
    for drawn in (*diagram(folder).iter(f"{DI}BPMNShape"), *diagram(folder).iter(f"{DI}BPMNEdge")):
        bounds = drawn.find(f"{DI}BPMNLabel/{DC}Bounds")
        if bounds is not None:
            found[drawn.get("bpmnElement")] = tuple(
                float(bounds.get(n)) for n in ("x", "y", "width", "height")
            )
    return found


def test_no_label_lies_on_a_node_or_on_another_label(folder: Path) -> None:
    containers = {e.get("id") for kind, e in nodes(folder) if kind == "subProcess"}
    boxes = {name: box for name, box in shapes(folder).items() if name not in containers}
    placed = labels(folder)
    overlaps = [
        (name, other)
        for name, (x, y, w, h) in placed.items()
        for other, (x2, y2, w2, h2) in [
            *boxes.items(),
            *((f"label of {n}", b) for n, b in placed.items() if n != name),
        ]
        if x < x2 + w2 and x2 < x + w and y < y2 + h2 and y2 < y + h
    ]
    assert overlaps == []


ENTRY, L1, L2 = (
    "credit_application/Task_EnterApplication",
    "loan_review/Task_ReviewL1",
    "loan_review/Task_ReviewL2",
)
MAKER, REPAIR, CHECKER = (
    f"disbursement/Task_{name}" for name in ("RegisterDisbursement", "RepairPayment", "CheckDisbursement")
)


@pytest.mark.parametrize(
    ("one", "other"), [(ENTRY, L1), (ENTRY, L2), (L1, L2), (MAKER, CHECKER), (REPAIR, CHECKER)]
)
def test_two_duties_exclude_each_other_also_in_a_second_round(one, other):
    assert other in excluded_at(one)
    assert one in excluded_at(other)


def excluded_at(step: str) -> set[str]:
    folder, task_id = step.split("/")
    task = next(node for _, node in nodes(PROCESSES / folder) if node.get("id") == task_id)
    return {
        name.strip()
        for entry in task.iter(f"{CAMUNDA}property")
        if entry.get("name") == "fourEyes"
        for name in entry.get("value").split(",")
    }
