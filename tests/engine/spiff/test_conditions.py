"""Conditional events: asked whenever data may have changed, and happening each time the condition comes true."""

import diagrams as d
import pytest


def waiting_for(condition="ready = true"):
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.gateway("parallel", "fork"),
            d.user("a"),
            d.user("b"),
            d.catch("c", d.when(condition)),
            d.user("z"),
            *(d.end(f"e{n}") for n in (1, 2)),
            d.path("s", "fork", "a", "b", "e1"),
            d.path("fork", "c", "z", "e2"),
        )
    )


def test_another_branch_brings_about_what_is_waited_for(play):
    case = play(waiting_for(), {"ready": False})
    assert (case.users, case.conditions) == (["a"], ["c"])
    case.do("a", {"ready": True})
    assert (case.users, case.conditions) == (["b", "z"], [])
    case.do("z")
    case.do("b")
    assert case.over


def test_what_is_true_already_is_not_waited_for(play):
    assert play(waiting_for(), {"ready": True}).users == ["a", "z"]


def test_a_name_nobody_has_written_yet_is_waited_for(play):
    case = play(waiting_for())
    assert case.conditions == ["c"]
    case.do("a", {"ready": True})
    assert case.users == ["b", "z"]


def test_a_condition_that_comes_true_only_for_a_moment_has_come_true(play):
    passing = d.bundle(
        d.process(
            "p",
            d.start(),
            d.gateway("parallel", "fork"),
            d.service("up", topic="up"),
            d.service("down", topic="down"),
            d.catch("c", d.when("level > 3")),
            d.user("z"),
            *(d.end(f"e{n}") for n in (1, 2)),
            d.path("s", "fork", "c", "z", "e2"),
            d.path("fork", "up", "down", "e1"),
        )
    )
    topics = {"up": lambda token: {"level": 5}, "down": lambda token: {"level": 0}}
    case = play(passing, {"level": 0}, topics=topics)
    assert case.users == ["z"]
    assert case.data["level"] == 0


def guarded(*, interrupting):
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.gateway("parallel", "fork"),
            d.user("set"),
            d.user("again"),
            d.user("third"),
            d.user("work"),
            d.boundary("b", "work", d.when("risk > 5"), interrupting=interrupting),
            d.user("look"),
            *(d.end(f"e{n}") for n in (1, 2, 3)),
            d.path("s", "fork", "set", "again", "third", "e1"),
            d.path("fork", "work", "e2"),
            d.path("b", "look", "e3"),
        )
    )


def test_a_condition_at_the_edge_of_a_task_takes_it_away(play):
    case = play(guarded(interrupting=True), {"risk": 0})
    case.do("set", {"risk": 3})
    assert case.users == ["again", "work"]
    case.do("again", {"risk": 9})
    assert case.users == ["look", "third"]
    assert case.conditions == []


def test_beside_a_task_it_happens_once_until_it_has_been_false_in_between(play):
    case = play(guarded(interrupting=False), {"risk": 9})
    assert case.users == ["look", "set", "work"]
    case.do("set", {"risk": 10})
    assert case.users.count("look") == 1
    case.do("again", {"risk": 1})
    assert case.users.count("look") == 1
    case.do("third", {"risk": 7})
    assert case.users == ["look", "look", "work"]
    case.do("work")
    assert (case.users, case.conditions) == (["look", "look"], [])


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_condition_may_start_an_event_subprocess(play, interrupting):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.user("a"),
                d.user("b"),
                d.end(),
                d.path("s", "a", "b", "e"),
                d.on_event(
                    "on", d.when("risk > 5"), "look", parts=(d.user("look"),), interrupting=interrupting
                ),
            )
        )
    )
    case.do("a", {"risk": 6})
    assert case.users == (["look"] if interrupting else ["b", "look"])
    for step in case.users:
        case.do(step)
    assert case.over


def test_a_condition_a_message_or_a_time_whichever_comes_first(play):
    gate = d.bundle(
        d.process(
            "p",
            d.start(),
            d.gateway("parallel", "fork"),
            d.user("a"),
            d.gateway("eventBased", "g"),
            d.catch("c", d.when("ready")),
            d.catch("m", d.message("BankResult")),
            d.catch("t", d.timer("P1D")),
            *(d.user(f"u{n}") + d.end(f"e{n}") + d.path(n, f"u{n}", f"e{n}") for n in "cmt"),
            d.end(),
            d.path("s", "fork", "a", "e"),
            *(d.path("g", n) for n in "cmt"),
            d.path("fork", "g"),
        )
    )
    case = play(gate, {"ready": False})
    assert (case.conditions, case.messages, case.timers) == (["c"], ["m"], ["t"])
    case.do("a", {"ready": True})
    assert (case.users, case.conditions, case.messages, case.timers) == (["uc"], [], [], [])
    assert play(gate, {"ready": True}).users == ["a", "uc"]


def test_a_condition_in_a_called_process_reads_the_data_of_that_process(play):
    case = play(
        d.bundle(
            d.process("p", d.start(), d.call("c", "q"), d.end(), d.path("s", "c", "e")),
            d.process(
                "q",
                d.start("qs"),
                d.gateway("parallel", "fork"),
                d.user("a"),
                d.catch("c1", d.when("ready")),
                d.end("q1"),
                d.end("q2"),
                d.path("qs", "fork", "a", "q1"),
                d.path("fork", "c1", "q2"),
            ),
        ),
        {"ready": True},
    )
    assert case.conditions == ["c1"]
    case.do("a", {"ready": True})
    assert case.over
