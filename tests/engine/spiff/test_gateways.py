"""Branching and joining: parallel, inclusive, event-based, and loops through them."""

import diagrams as d
import pytest


def parallel(*, again=False):
    after = (
        d.gateway("exclusive", "more", default="f_done")
        + d.path("z", "more")
        + d.flow("more", "enter", "again = true")
        + d.flow("more", "e", flow_id="f_done")
        if again
        else d.path("z", "e")
    )
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.gateway("parallel", "fork"),
            d.user("a"),
            d.user("b"),
            d.gateway("parallel", "join"),
            d.user("z"),
            d.end(),
            d.gateway("exclusive", "enter"),
            d.path("s", "enter", "fork", "a", "join", "z"),
            d.path("fork", "b", "join"),
            after,
        )
    )


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_branches_come_together_with_what_both_wrote(play, order):
    case = play(parallel(), {"x": 0})
    for name in order:
        case.do(name, {f"from_{name}": 1} | ({"x": 5} if name == "a" else {}))
    assert case.users == ["z"]
    assert case.seen("z") == {"x": 5, "from_a": 1, "from_b": 1}
    assert case.clerk.times("join", "entered") == 1
    case.do("z")
    assert case.over


def test_a_join_in_a_loop_waits_for_both_branches_in_each_round(play):
    case = play(parallel(again=True))
    for count in range(6):
        for name in "ab" if count % 2 else "ba":
            assert "z" not in case.users
            case.do(name, {f"k{name}": count})
        assert (case.seen("z")["ka"], case.seen("z")["kb"]) == (count, count)
        case.do("z", {"again": count < 5})
    assert case.over


def test_a_branch_that_arrives_twice_does_not_stand_in_for_the_other(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.gateway("parallel", "fork"),
                d.user("a"),
                d.gateway("parallel", "twice"),
                d.gateway("exclusive", "merge"),
                d.user("b"),
                d.gateway("parallel", "join"),
                d.user("z"),
                d.end(),
                d.path("s", "fork", "a", "twice", "merge", "join", "z", "e"),
                d.flow("twice", "merge", flow_id="f_second"),
                d.path("fork", "b", "join"),
            )
        )
    )
    case.do("a")
    assert case.users == ["b"]
    case.do("b")
    assert case.users == ["z"]


INCLUSIVE = d.bundle(
    d.process(
        "p",
        d.start(),
        d.gateway("inclusive", "split", default="f_c"),
        d.user("a"),
        d.user("b"),
        d.user("c"),
        d.gateway("inclusive", "join"),
        d.user("z"),
        d.end(),
        d.path("s", "split"),
        d.flow("split", "a", "x >= 1"),
        d.flow("split", "b", "x >= 2"),
        d.flow("split", "c", flow_id="f_c"),
        d.path("a", "join", "z", "e"),
        d.path("b", "join"),
        d.path("c", "join"),
    )
)


@pytest.mark.parametrize(("x", "branches"), [(2, "ab"), (2, "ba"), (1, "a"), (0, "c")])
def test_an_inclusive_gateway_takes_what_holds_and_joins_what_came(play, x, branches):
    case = play(INCLUSIVE, {"x": x})
    assert case.users == sorted(branches)
    for name in branches:
        assert "z" not in case.users
        case.do(name)
    assert case.users == ["z"]
    case.do("z")
    assert case.over


def events(*, message_first):
    branches = [
        d.catch("supplied", d.message("MaterialsSupplied")) + d.path("gate", "supplied", "review"),
        d.catch("day2", d.timer("P2D")) + d.path("gate", "day2", "remind"),
        d.catch("day15", d.timer("P15D")) + d.path("gate", "day15", "close"),
    ]
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.gateway("eventBased", "gate"),
            *(branches if message_first else reversed(branches)),
            d.user("review"),
            d.user("remind"),
            d.user("close"),
            *(d.end(f"e_{name}") + d.path(name, f"e_{name}") for name in ("review", "remind", "close")),
            d.path("s", "gate"),
        )
    )


@pytest.mark.parametrize("message_first", [True, False])
def test_each_timer_after_an_event_gateway_has_its_own_time(play, message_first):
    case = play(events(message_first=message_first))
    assert (case.messages, case.timers) == (["supplied"], ["day15", "day2"])
    case.later(days=3)
    assert (case.users, case.messages, case.timers) == (["remind"], [], [])
    assert case.clerk.times("day15", "entered") == 0


def test_a_message_after_an_event_gateway_turns_the_timers_off(play):
    case = play(events(message_first=True))
    case.message("MaterialsSupplied", {"document": 1})
    case.later(days=99)
    assert case.users == ["review"]
    assert case.seen("review") == {"document": 1}
    assert "f_gate_supplied" in case.clerk.flows
    case.do("review")
    assert case.over


def test_a_link_jumps_to_the_event_of_its_name(play):
    link = '<linkEventDefinition name="far"/>'
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.user("a"),
                d.node("intermediateThrowEvent", "leap", link),
                d.catch("land", link),
                d.user("b"),
                d.end(),
                d.path("s", "a", "leap"),
                d.path("land", "b", "e"),
            )
        )
    )
    case.do("a")
    assert case.users == ["b"]
    assert (case.clerk.times("leap"), case.clerk.times("land")) == (1, 1)
    case.do("b")
    assert case.over


def test_terminate_ends_its_own_subprocess_only(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "main",
                    d.start("ms"),
                    d.gateway("parallel", "fork"),
                    d.user("a"),
                    d.terminate_end("stop"),
                    d.user("b"),
                    d.end("me"),
                    d.path("ms", "fork", "a", "stop"),
                    d.path("fork", "b", "me"),
                ),
                d.user("after"),
                d.end(),
                d.path("s", "main", "after", "e"),
            )
        )
    )
    assert case.users == ["a", "b"]
    case.do("a", {"k": 1})
    assert case.users == ["after"]
    assert case.seen("after")["k"] == 1
    case.do("after")
    assert case.over


def test_flows_are_asked_in_the_order_of_the_file(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.gateway("exclusive", "gate", default="f_no"),
                d.end("first"),
                d.end("second"),
                d.end("third"),
                d.path("s", "gate"),
                d.flow("gate", "first", "x > 1"),
                d.flow("gate", "second", "x > 0"),
                d.flow("gate", "third", flow_id="f_no"),
            )
        ),
        {"x": 2},
    )
    assert "f_gate_first" in case.clerk.flows


REVIEWED = d.bundle(
    d.process(
        "p",
        d.start(),
        d.user("prepare"),
        d.boundary("slow", "prepare", d.timer("PT8H"), interrupting=False),
        d.service("warn"),
        d.end("ew"),
        d.path("slow", "warn", "ew"),
        d.user("review"),
        d.gateway("exclusive", "g", default="f_ok"),
        d.end(),
        d.path("s", "prepare", "review", "g"),
        d.flow("g", "prepare", "returned = true"),
        d.flow("g", "e", flow_id="f_ok"),
    )
)


def test_fifty_rounds_back_to_a_task_with_a_deadline(play):
    case = play(REVIEWED)
    for count in range(50):
        if count % 10 == 0:
            case.later(hours=9)
        case.do("prepare", {"count": count})
        assert case.timers == []
        case.do("review", {"returned": True})
        assert case.timers == ["slow"]
    case.do("prepare")
    case.do("review", {"returned": False})
    assert case.over
    assert case.clerk.times("warn") == 5
    assert case.clerk.times("review") == 51
