"""Event subprocesses: set going by what happens, beside the steps around them or instead of them."""

import diagrams as d
import pytest
from playing import Clerk, Player, compiled

from engine.spiff import BpmnError, UncaughtBpmnError
from engine.spiff.errors import TimerNotDue, TokenGone

NOTED = (d.user("note"),)


def beside(definition, *, interrupting, more=()):
    """Work and more work, and beside them an event subprocess with a task for a person."""
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.user("work"),
            d.user("more"),
            d.end(),
            d.path("s", "work", "more", "e"),
            d.on_event("on", definition, "note", parts=NOTED, interrupting=interrupting),
            *more,
        )
    )


HAPPENS = {
    "message": (d.message("CustomerWithdrew"), lambda case: case.message("CustomerWithdrew", {"why": "x"})),
    "signal": (d.signal("RateChanged"), lambda case: case.signal("RateChanged", {"why": "x"})),
    "timer": (d.timer("PT8H"), lambda case: case.later(hours=8)),
}


@pytest.mark.parametrize("what", HAPPENS)
def test_an_interrupting_one_takes_the_place_of_everything_else(play, what):
    definition, happens = HAPPENS[what]
    case = play(beside(definition, interrupting=True))
    assert case.users == ["work"]

    happens(case)

    assert case.users == ["note"]
    assert (case.messages, case.signals, case.timers) == ([], [], [])
    assert case.clerk.times("work", "cancelled") == 1
    case.do("note", {"status": "withdrawn"})
    assert case.over
    assert case.data["status"] == "withdrawn"
    if what != "timer":
        assert case.data["why"] == "x", "what the event brought is process data"


@pytest.mark.parametrize("what", ["message", "signal"])
def test_one_that_does_not_interrupt_may_come_again_and_again(play, what):
    definition, happens = HAPPENS[what]
    case = play(beside(definition, interrupting=False))
    happens(case)
    happens(case)
    assert case.users == ["note", "note", "work"]
    for step in ("note", "work", "note"):
        case.do(step)
    assert not case.over
    case.do("more")
    assert case.over
    assert case.clerk.times("on") == 2


def test_the_process_ends_when_nothing_but_the_waiting_for_events_is_left(play):
    case = play(beside(d.message("BankResult"), interrupting=False))
    case.do("work")
    case.do("more")
    assert case.over
    assert case.messages == []
    assert case.clerk.times("ons", "entered") == 0, "an event that never happened is no history"


def test_the_process_waits_for_an_event_subprocess_that_outlives_its_steps(play):
    case = play(beside(d.message("BankResult"), interrupting=False))
    case.message("BankResult")
    case.do("work")
    case.do("more")
    assert (case.over, case.users) == (False, ["note"])
    case.message("BankResult")
    assert case.users == ["note", "note"]
    case.do("note")
    case.do("note")
    assert case.over


def test_a_cycle_beside_a_process_fires_once_for_missed_periods(play):
    case = play(beside(d.timer("R3/PT8H", "timeCycle"), interrupting=False))
    case.later(hours=8)
    assert case.users == ["note", "work"]
    case.later(hours=17)
    assert case.users == ["note", "note", "work"]
    case.later(hours=8)
    assert (case.users, case.timers) == (["note", "note", "note", "work"], [])


def test_a_timer_beside_a_process_is_not_fired_before_its_time(play):
    player = Player(compiled(beside(d.timer("PT8H"), interrupting=True)))
    (timer,) = [waits for waits in player.case.waiting() if waits.kind == "timer"]
    with pytest.raises(TimerNotDue):
        player.case.fire_timer(timer.token.id)


def test_a_task_that_an_event_took_away_cannot_be_done():
    player = Player(compiled(beside(d.message("CustomerWithdrew"), interrupting=True)))
    token = next(waits.token for waits in player.case.waiting() if waits.kind == "user")
    player.message("CustomerWithdrew")
    with pytest.raises(TokenGone):
        player.case.complete(token.id, {})


def test_one_case_is_withdrawn_and_the_other_on_the_same_definition_is_not():
    definition = compiled(beside(d.message("CustomerWithdrew"), interrupting=True))
    withdrawn, other = Player(definition), Player(definition)
    withdrawn.message("CustomerWithdrew")
    third = Player(definition)
    assert withdrawn.users == ["note"]
    for player in (other, third):
        assert (player.users, player.messages) == (["work"], ["ons"])
        player.do("work")
        player.do("more")
        assert player.over


WITHDRAWN_DEEP = d.bundle(
    d.process(
        "p",
        d.start(),
        d.call("look", "inspection", d.passes(all=True)),
        d.end(),
        d.path("s", "look", "e"),
        d.on_event("on", d.message("CustomerWithdrew"), "confirm", parts=(d.user("confirm"),)),
    ),
    d.process(
        "inspection",
        d.start("is"),
        d.user("visit"),
        d.boundary("late", "visit", d.timer("PT16H"), interrupting=False),
        d.end("le"),
        d.path("late", "le"),
        d.end("ie"),
        d.path("is", "visit", "ie"),
    ),
)


def test_a_withdrawal_beside_the_process_ends_called_processes_their_tasks_and_timers(play):
    case = play(WITHDRAWN_DEEP)
    assert (case.users, case.timers) == (["visit"], ["late"])
    case.message("CustomerWithdrew", {"reason": "r"})
    assert (case.users, case.timers, case.messages) == (["confirm"], [], [])
    assert case.clerk.times("visit", "cancelled") == case.clerk.times("look", "cancelled") == 1
    case.do("confirm", {"status": "withdrawn"})
    assert case.over
    assert case.data == {"reason": "r", "status": "withdrawn"}


def test_beside_a_called_process_it_ends_that_process_only(play):
    case = play(
        d.bundle(
            d.process(
                "p", d.start(), d.call("c", "q"), d.user("after"), d.end(), d.path("s", "c", "after", "e")
            ),
            d.process(
                "q",
                d.start("qs"),
                d.user("work"),
                d.end("qe"),
                d.path("qs", "work", "qe"),
                d.on_event("on", d.message("BankResult"), "note", parts=NOTED),
            ),
        )
    )
    case.message("BankResult")
    assert case.users == ["note"]
    case.do("note")
    assert case.users == ["after"]
    case.do("after")
    assert case.over


def in_a_subprocess(definition, *, interrupting=True, work=None):
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.inside(
                "main",
                d.start("ms"),
                d.gateway("parallel", "fork"),
                d.user("a"),
                work or d.user("b"),
                d.end("ma"),
                d.end("mb"),
                d.path("ms", "fork", "a", "ma"),
                d.path("fork", "b", "mb"),
                d.on_event("on", definition, "note", parts=NOTED, interrupting=interrupting),
            ),
            d.user("after"),
            d.end(),
            d.path("s", "main", "after", "e"),
        )
    )


def test_inside_a_subprocess_it_ends_that_subprocess_only_and_the_case_goes_on_after_it(play):
    case = play(in_a_subprocess(d.message("BankResult")))
    assert case.users == ["a", "b"]
    case.do("a")
    case.message("BankResult")
    assert case.users == ["note"]
    case.do("note")
    assert (case.users, case.messages) == (["after"], [])
    case.do("after")
    assert case.over


def test_an_event_subprocess_inside_an_event_subprocess(play):
    inner = d.on_event("deep", d.signal("RateChanged"), "dig", parts=(d.user("dig"),), interrupting=False)
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.user("work"),
                d.end(),
                d.path("s", "work", "e"),
                d.on_event("on", d.message("BankResult"), "note", parts=(*NOTED, inner)),
            )
        )
    )
    assert case.signals == []
    case.message("BankResult")
    assert (case.users, case.signals) == (["note"], ["deeps"])
    case.signal("RateChanged")
    assert case.users == ["dig", "note"]
    case.do("note")
    case.do("dig")
    assert case.over


FAILING = {"fail": lambda token: fail(token)}


def fail(token):
    if token.data.get("mode"):
        raise BpmnError(token.data["mode"], "declined", {"reason": "no money"})
    return {}


def failing(*handlers, after=()):
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.gateway("parallel", "fork"),
            d.user("first"),
            d.service("bureau", topic="fail"),
            d.user("other"),
            d.end(),
            d.end("e2"),
            d.path("s", "fork", "first", "bureau", "e"),
            d.path("fork", "other", "e2"),
            *handlers,
            *after,
        )
    )


def test_an_error_starts_the_event_subprocess_of_its_place_and_everything_else_there_ends(play):
    case = play(failing(d.on_event("on", d.error("E1"), "note", parts=NOTED)), topics=FAILING)
    case.do("first", {"mode": "E1"})
    assert case.users == ["note"]
    assert case.seen("note")["reason"] == "no money"
    assert case.clerk.times("other", "cancelled") == case.clerk.times("bureau", "cancelled") == 1
    case.do("note")
    assert case.over


def test_a_named_error_goes_before_one_that_catches_all_and_others_pass_by():
    both = (
        d.on_event("any", d.error(), "rest", parts=(d.user("rest"),)),
        d.on_event("on", d.error("E1"), "note", parts=NOTED),
    )
    named = Player(compiled(failing(*both)), clerk=Clerk(FAILING))
    named.do("first", {"mode": "E1"})
    assert named.users == ["note"]
    other = Player(compiled(failing(*both)), clerk=Clerk(FAILING))
    other.do("first", {"mode": "E2"})
    assert other.users == ["rest"]
    alone = Player(compiled(failing(both[1])), clerk=Clerk(FAILING))
    with pytest.raises(UncaughtBpmnError):
        alone.do("first", {"mode": "E2"})


def test_a_boundary_of_the_step_itself_goes_before_the_event_subprocess_around_it(play):
    case = play(
        failing(
            d.on_event("on", d.error("E1"), "note", parts=NOTED),
            d.boundary("b", "bureau", d.error("E1")),
            d.user("manual"),
            d.end("em"),
            d.path("b", "manual", "em"),
        ),
        topics=FAILING,
    )
    case.do("first", {"mode": "E1"})
    assert case.users == ["manual", "other"]


def test_an_error_end_is_caught_beside_it_and_an_error_in_the_handler_goes_outwards(play):
    again = d.node(
        "subProcess",
        "on",
        d.node("startEvent", "ons", d.error("E1")),
        d.user("note"),
        d.error_end("raise", "E1"),
        d.path("ons", "note", "raise"),
        triggeredByEvent="true",
    )
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "main",
                    d.start("ms"),
                    d.user("a"),
                    d.error_end("bad", "E1"),
                    d.path("ms", "a", "bad"),
                    again,
                ),
                d.boundary("b", "main", d.error("E1")),
                d.user("manual"),
                d.end("em"),
                d.path("b", "manual", "em"),
                d.end(),
                d.path("s", "main", "e"),
            )
        )
    )
    case.do("a")
    assert case.users == ["note"]
    case.do("note")
    assert case.users == ["manual"], "not caught a second time by the one that raised it"
    case.do("manual")
    assert case.over


def test_an_error_of_a_called_process_starts_the_event_subprocess_of_the_caller(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.call("c", "q", d.passes(all=True)),
                d.end(),
                d.path("s", "c", "e"),
                d.on_event("on", d.error("E1"), "note", parts=NOTED),
            ),
            d.process(
                "q",
                d.start("qs"),
                d.user("first"),
                d.service("bureau", topic="fail"),
                d.end("qe"),
                d.path("qs", "first", "bureau", "qe"),
            ),
        ),
        topics=FAILING,
    )
    case.do("first", {"mode": "E1"})
    assert case.users == ["note"]
    case.do("note")
    assert case.over


def test_in_a_loop_the_events_of_a_subprocess_are_waited_for_anew_each_time(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "main",
                    d.start("ms"),
                    d.user("work"),
                    d.end("me"),
                    d.path("ms", "work", "me"),
                    d.on_event("on", d.message("BankResult"), "note", parts=NOTED),
                ),
                d.gateway("exclusive", "g", default="f_done"),
                d.end(),
                d.path("s", "main", "g"),
                d.flow("g", "main", "again = true"),
                d.flow("g", "e", flow_id="f_done"),
            )
        )
    )
    for count in range(4):
        assert (case.users, case.messages) == (["work"], ["ons"])
        if count % 2:
            case.message("BankResult", {"again": True})
            case.do("note")
        else:
            case.do("work", {"again": True})
    case.do("work", {"again": False})
    assert case.over


def test_each_instance_of_a_repeated_subprocess_has_events_of_its_own(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "main",
                    d.start("ms"),
                    d.user("work"),
                    d.end("me"),
                    d.path("ms", "work", "me"),
                    d.on_event("on", d.message("BankResult"), "note", parts=NOTED),
                    extra=(d.repeated(),),
                ),
                d.user("after"),
                d.end(),
                d.path("s", "main", "after", "e"),
            )
        ),
        {"members": ["ann", "bob"]},
    )
    assert case.messages == ["ons", "ons"]
    case.message("BankResult", {}, 1)
    assert case.users == ["note", "work"]
    assert case.seen("note")["member"] == "bob"
    case.do("note")
    case.do("work")
    assert case.users == ["after"]
