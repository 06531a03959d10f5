"""Business errors: the nearest fitting boundary from the inside out, or nobody."""

import diagrams as d
import pytest
from playing import Clerk, Player, compiled

from engine.spiff import BpmnError, Case, UncaughtBpmnError


def ask(token):
    mode = token.data.get("mode")
    if mode in ("E1", "E2", "E9"):
        raise BpmnError(mode, "declined", {"reason": "no money"})
    if mode == "crash":
        raise ValueError("boom")
    return {"bureau_id": 77}


def topics():
    return {"bureau": ask}


BUREAU = d.user("first") + d.service("bureau", topic="bureau")
MANUAL = d.user("manual") + d.end("eh") + d.path("manual", "eh")


def test_a_task_boundary_catches_its_code_and_sees_what_the_error_brought(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                BUREAU,
                d.boundary("b", "bureau", d.error("E1")),
                MANUAL,
                d.end(),
                d.path("s", "first", "bureau", "e"),
                d.path("b", "manual"),
            )
        ),
        topics=topics,
    )
    case.do("first", {"mode": "E1"})
    assert case.seen("manual")["reason"] == "no money"
    assert case.clerk.times("bureau", "cancelled") == 1
    case.do("manual")
    assert case.over


def two_levels(*boundaries):
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.call("outer", "middle", d.passes(all=True)),
            *boundaries,
            MANUAL,
            d.end(),
            d.path("s", "outer", "e"),
        ),
        d.process(
            "middle",
            d.start("ms"),
            d.call("deep", "inner", d.passes(all=True)),
            d.end("me"),
            d.path("ms", "deep", "me"),
        ),
        d.process("inner", d.start("is"), BUREAU, d.end("ie"), d.path("is", "first", "bureau", "ie")),
    )


def test_an_error_rises_through_two_called_processes(play):
    case = play(two_levels(d.boundary("b", "outer", d.error("E1")), d.path("b", "manual")), topics=topics)
    case.do("first", {"mode": "E1"})
    assert case.users == ["manual"]
    case.do("manual")
    assert case.over


def test_a_named_code_goes_before_catch_all(play):
    both = two_levels(
        d.boundary("any", "outer", d.error()),
        d.user("other"),
        d.end("eo"),
        d.path("any", "other", "eo"),
        d.boundary("b", "outer", d.error("E1")),
        d.path("b", "manual"),
    )
    case = play(both, topics=topics)
    case.do("first", {"mode": "E1"})
    assert case.users == ["manual"]

    case = play(both, topics=topics)
    case.do("first", {"mode": "E2"})
    assert case.users == ["other"]


def test_an_error_nobody_expects_comes_out_with_task_and_code(play):
    case = play(two_levels(d.boundary("b", "outer", d.error("E1")), d.path("b", "manual")), topics=topics)
    with pytest.raises(UncaughtBpmnError) as caught:
        case.do("first", {"mode": "E9"})
    assert (caught.value.element.key, caught.value.error.code) == ("inner/bureau", "E9")


def test_a_parallel_task_with_a_fitting_boundary_is_left_alone(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.gateway("parallel", "fork"),
                BUREAU,
                d.user("sibling"),
                d.boundary("b", "sibling", d.error("E1")),
                MANUAL,
                d.end(),
                d.end("e2"),
                d.path("s", "fork", "first", "bureau", "e"),
                d.path("fork", "sibling", "e2"),
                d.path("b", "manual"),
            )
        ),
        topics=topics,
    )
    with pytest.raises(UncaughtBpmnError):
        case.do("first", {"mode": "E1"})


def test_an_error_end_event_leaves_its_subprocess_and_ends_its_other_branches(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "main",
                    d.start("ms"),
                    d.gateway("parallel", "fork"),
                    d.user("first"),
                    d.error_end("failed", "E1"),
                    d.user("other"),
                    d.end("me"),
                    d.path("ms", "fork", "first", "failed"),
                    d.path("fork", "other", "me"),
                ),
                d.boundary("b", "main", d.error("E1")),
                MANUAL,
                d.end(),
                d.path("s", "main", "e"),
                d.path("b", "manual"),
            )
        )
    )
    case.do("first")
    assert case.users == ["manual"]
    assert case.clerk.times("other", "cancelled") == 1
    case.do("manual")
    assert case.over
    assert case.ended_at == ("failed", "eh")


def test_an_error_in_one_of_several_called_processes_ends_them_all(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.call("each", "inner", d.passes(member="member"), parts=(d.repeated(),)),
                d.boundary("b", "each", d.error("E1")),
                MANUAL,
                d.end(),
                d.path("s", "each", "e"),
                d.path("b", "manual"),
            ),
            d.process("inner", d.start("is"), BUREAU, d.end("ie"), d.path("is", "first", "bureau", "ie")),
        ),
        {"members": ["ann", "bob", "cao"]},
        topics=topics,
    )
    assert case.users == ["first"] * 3
    case.do("first", {"mode": "ok"})
    case.do("first", {"mode": "E1"})
    assert case.users == ["manual"]
    case.do("manual")
    assert case.over


def test_a_crash_leaves_the_saved_state_as_it_was():
    definition = compiled(
        d.bundle(d.process("p", d.start(), BUREAU, d.end(), d.path("s", "first", "bureau", "e")))
    )
    player = Player(definition, clerk=Clerk(topics()))
    saved = player.case.dump()
    with pytest.raises(ValueError, match="boom"):
        player.do("first", {"mode": "crash", "half_done": True})

    again = Case.load(definition, saved, player.clerk)
    again.complete(again.waiting()[0].token.id, {"mode": "ok"})
    again.advance()

    assert again.status == "completed"
    assert "half_done" not in again.data
