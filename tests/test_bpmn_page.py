"""docs/bpmn.md says of every BPMN element what the checker says of it, and names tests that exist."""

import re
from itertools import pairwise

import diagrams as d
import pytest
from tidiness import ROOT

from engine.bpmn.checker import check_bundle
from engine.bpmn.dialect import KIND_OF_TAG, REFUSED_TAGS
from engine.bpmn.model import Known

PAGE = (ROOT / "docs" / "bpmn.md").read_text(encoding="utf-8")
KNOWN = Known(topics=frozenset({"note"}), decisions=frozenset({"grade"}), groups=frozenset({"clerk"}))
EVENTS = (
    "startEvent",
    "beside",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
)
NODES = dict(re.findall(r"^\| `(\w+)` \| (runs|refused) \|", PAGE.split("\n## ")[1], re.M))
OF_NO_SUPPORT = {
    "element_refused",
    "event_not_supported",
    "event_without_definition",
    "event_subprocess_start",
    "cancel_place",
}
DEFINITIONS = {
    "none": "",
    "timer": d.timer("P1D"),
    "message": d.message("BankResult"),
    "error": d.error("E1"),
    "terminate": "<terminateEventDefinition/>",
    "link": '<linkEventDefinition name="there"/>',
    "signal": d.signal("RateChanged"),
    "escalation": d.escalation("X"),
    "compensate": d.undo(),
    "cancel": "<cancelEventDefinition/>",
    "conditional": d.when("true"),
}


def events_of_the_page() -> dict[tuple[str, str], str]:
    """What the page says of each definition at each place."""
    lines = [line.strip("| ").split(" | ") for line in PAGE.splitlines()]
    table = {line[0].strip("`"): line[1:] for line in lines if line[0].strip("`") in DEFINITIONS}
    return {
        (name, place): state
        for name, states in table.items()
        for place, state in zip(EVENTS, states, strict=True)
    }


def with_task(tag: str) -> bytes:
    """A process whose one step is a node of ``tag``."""
    steps = {
        "userTask": d.user("x"),
        "serviceTask": d.service("x"),
        "businessRuleTask": d.rule("x"),
        "receiveTask": d.receive("x", "BankResult"),
        "callActivity": d.call("x", "q"),
        "subProcess": d.inside("x", d.start("xs"), d.end("xe"), d.path("xs", "xe")),
        "transaction": d.node("transaction", "x", d.start("xs"), d.end("xe"), d.path("xs", "xe")),
        "scriptTask": d.node("scriptTask", "x", "<script>{a: 1}</script>", scriptFormat="feel"),
        "sendTask": d.node("sendTask", "x", messageRef="m_BankResult"),
        "eventBasedGateway": d.gateway("eventBased", "x") + d.catch("y", d.timer("P1D")),
    }
    way = ("s", "x", "y", "e") if tag == "eventBasedGateway" else ("s", "x", "e")
    flows = "".join(d.flow(*ends) for ends in pairwise(way))
    called = d.process("q", d.start("qs"), d.end("qe"), d.path("qs", "qe")) if tag == "callActivity" else ""
    return d.bundle(d.process("p", d.start(), steps.get(tag, d.node(tag, "x")), d.end(), flows), called)


def with_event(place: str, definition: str) -> bytes:
    """A process with one event of that definition at that place."""
    drawn = DEFINITIONS[definition]
    task = d.user("a")
    if definition == "cancel" and place in ("endEvent", "boundaryEvent"):
        return with_cancel()
    if place == "beside":
        parts = (d.start(), task, d.end(), d.path("s", "a", "e"), d.on_event("x", drawn))
    elif place == "startEvent":
        parts = (d.node(place, "s", drawn), task, d.end(), d.path("s", "a", "e"))
    elif place == "endEvent":
        parts = (d.start(), task, d.end("e", drawn), d.path("s", "a", "e"))
    elif place == "boundaryEvent":
        parts = (
            d.start(),
            task,
            d.boundary("x", "a", drawn),
            d.end(),
            d.path("s", "a", "e"),
            d.flow("x", "e"),
        )
    else:
        parts = (d.start(), d.node(place, "x", drawn), d.end(), d.path("s", "x", "e"))
    return d.bundle(d.process("p", *parts))


def with_cancel() -> bytes:
    """A transaction that a cancel end inside it cancels and a cancel boundary leaves."""
    cancel = DEFINITIONS["cancel"]
    inside = d.start("ts"), d.end("te", cancel), d.path("ts", "te")
    after = d.boundary("x", "t", cancel), d.end("e2"), d.flow("x", "e2")
    task = d.node("transaction", "t", *inside)
    return d.bundle(d.process("p", d.start(), task, d.end(), d.path("s", "t", "e"), *after))


def state_of(data: bytes) -> str:
    """Whether the checker says that something drawn here is not run at all."""
    found = {problem.code for problem in check_bundle({"page.bpmn": data}, KNOWN)}
    return "refused" if found & OF_NO_SUPPORT else "runs"


def test_the_page_lists_every_node_the_reader_knows() -> None:
    assert set(NODES) == (set(KIND_OF_TAG) | set(REFUSED_TAGS)) - set(EVENTS)


@pytest.mark.parametrize("tag", NODES)
def test_each_element_is_what_the_page_says(tag: str) -> None:
    assert state_of(with_task(tag)) == NODES[tag]


def test_the_page_lists_every_definition_at_every_place() -> None:
    assert set(events_of_the_page()) == {(name, place) for name in DEFINITIONS for place in EVENTS}


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("place", EVENTS)
def test_each_event_is_what_the_page_says(place: str, definition: str) -> None:
    assert state_of(with_event(place, definition)) == events_of_the_page()[definition, place]


@pytest.mark.parametrize("tag", [tag for tag, state in NODES.items() if state == "runs"])
def test_an_element_that_runs_has_no_problem_at_all(tag: str) -> None:
    assert check_bundle({"page.bpmn": with_task(tag)}, KNOWN) == []


def test_every_test_the_page_names_exists() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    assert len(named) > 25
    assert not {name for name in named if f"def {name}(" not in written}
