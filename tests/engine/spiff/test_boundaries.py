"""Withdrawals, deadlines and supplements: events at the edge of activities."""

from datetime import timedelta

import diagrams as d
import pytest
from playing import Player, compiled

from engine.spiff.errors import TokenGone

WITHDRAWAL = d.bundle(
    d.process(
        "p",
        d.start(),
        d.inside(
            "main",
            d.start("ms"),
            d.user("intake"),
            d.call("inspect", "inspection", d.passes(all=True)),
            d.user("quality"),
            d.end("me"),
            d.path("ms", "intake", "inspect", "quality", "me"),
        ),
        d.boundary("withdrawn", "main", d.message("CustomerWithdrew")),
        d.service("release", topic="withdraw"),
        d.end("e_withdrawn"),
        d.end("e"),
        d.path("s", "main", "e"),
        d.path("withdrawn", "release", "e_withdrawn"),
    ),
    d.process(
        "inspection",
        d.start("is"),
        d.user("visit"),
        d.boundary("overdue", "visit", d.timer("PT16H"), interrupting=False),
        d.service("remind"),
        d.end("re"),
        d.user("report"),
        d.end("ie"),
        d.path("is", "visit", "report", "ie"),
        d.path("overdue", "remind", "re"),
    ),
)

WITHDRAW = {"withdraw": lambda token: {"status": "withdrawn", "saw_line": token.data.get("line_id")}}


def test_a_withdrawal_ends_called_processes_their_tasks_and_timers(play):
    case = play(WITHDRAWAL, {"application": 1}, topics=WITHDRAW)
    case.do("intake", {"line_id": 55})
    assert case.users == ["visit"]
    assert case.timers == ["overdue"]

    case.message("CustomerWithdrew", {"reason": "changed mind"})

    assert case.over
    assert case.data == {
        "application": 1,
        "line_id": 55,
        "reason": "changed mind",
        "status": "withdrawn",
        "saw_line": 55,
    }
    history = {(what, where) for what, where, _ in case.clerk.history}
    assert {("cancelled", "visit"), ("cancelled", "inspect"), ("cancelled", "main")} <= history
    assert ("cancelled", "overdue") not in history, "an event that never happened is no history"


def test_a_withdrawal_before_anything_was_done(play):
    case = play(WITHDRAWAL, topics=WITHDRAW)
    case.message("CustomerWithdrew")
    assert case.over
    assert case.data["status"] == "withdrawn"


def test_without_a_withdrawal_its_boundary_is_off_at_the_end(play):
    case = play(WITHDRAWAL, topics=WITHDRAW)
    for name in ("intake", "visit", "report", "quality"):
        case.do(name)
    assert case.over
    assert case.clerk.times("release", "entered") == 0


def test_a_reminder_does_not_disturb_the_visit(play):
    case = play(WITHDRAWAL, topics=WITHDRAW)
    case.do("intake")
    case.later(hours=17)
    assert case.clerk.times("remind") == 1
    assert case.users == ["visit"]
    case.later(hours=100)
    assert case.clerk.times("remind") == 1
    case.message("CustomerWithdrew")
    assert case.over


LOOPED = d.bundle(
    d.process(
        "p",
        d.start(),
        d.user("work"),
        d.boundary("withdrawn", "work", d.message("CustomerWithdrew")),
        d.user("reconsider"),
        d.gateway("exclusive", "again", default="f_no"),
        d.end("e"),
        d.end("e2"),
        d.path("s", "work", "e"),
        d.path("withdrawn", "reconsider", "again"),
        d.flow("again", "work", "again = true"),
        d.flow("again", "e2", flow_id="f_no"),
    )
)


def test_a_boundary_is_armed_anew_each_time_its_task_is_reached(play):
    case = play(LOOPED)
    for count in range(3):
        case.message("CustomerWithdrew", {"count": count})
        assert case.users == ["reconsider"]
        case.do("reconsider", {"again": True})
        assert case.users == ["work"]
        assert case.messages == ["withdrawn"]
    case.do("work")
    assert case.over
    assert case.data["count"] == 2


def deadlines(*boundaries):
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.user("review"),
            *boundaries,
            d.user("next"),
            d.end(),
            d.path("s", "review", "next", "e"),
        )
    )


TWO_STEPS = deadlines(
    d.boundary("t100", "review", d.timer("PT8H"), interrupting=False),
    d.service("warn"),
    d.end("e1"),
    d.path("t100", "warn", "e1"),
    d.boundary("t200", "review", d.timer("PT16H"), interrupting=False),
    d.service("escalate"),
    d.end("e2"),
    d.path("t200", "escalate", "e2"),
)


def test_deadlines_fire_in_turn_and_end_with_the_task(play):
    case = play(TWO_STEPS)
    case.later(hours=7)
    assert case.timers == ["t100", "t200"]
    case.later(hours=2)
    assert (case.clerk.times("warn"), case.timers) == (1, ["t200"])
    case.later(hours=8)
    assert (case.clerk.times("escalate"), case.timers) == (1, [])
    case.do("review", {"ok": True})
    assert case.users == ["next"]
    case.do("next")
    assert case.over


def test_a_task_done_in_time_takes_its_deadlines_away(play):
    case = play(TWO_STEPS)
    case.do("review")
    assert case.timers == []
    case.later(hours=100)
    assert case.clerk.times("warn") == 0
    case.do("next")
    assert case.over


CYCLE = deadlines(
    d.boundary("tick", "review", d.timer("R3/PT8H", "timeCycle"), interrupting=False),
    d.user("chase"),
    d.end("e1"),
    d.path("tick", "chase", "e1"),
)


def test_a_cycle_fires_as_often_as_it_says(play):
    case = play(CYCLE)
    for count in (1, 2, 3):
        case.later(hours=8, seconds=1)
        assert case.users == ["chase"] * count + ["review"]
    case.later(hours=50)
    assert case.users == ["chase"] * 3 + ["review"]


def test_what_a_cycle_started_outlives_the_task(play):
    case = play(CYCLE)
    case.later(hours=9)
    case.do("review")
    assert (case.users, case.timers) == (["chase", "next"], [])
    case.do("chase")
    case.do("next")
    assert case.over


def test_after_downtime_a_cycle_fires_once_for_all_missed_periods(play):
    case = play(CYCLE)
    case.later(hours=30)
    assert case.users == ["chase", "review"]
    case.later(hours=1)
    assert case.users == ["chase", "review"]
    case.later(hours=2)
    assert case.users == ["chase", "chase", "review"], "the next one is on the grid, 32 hours after the start"


RACE = deadlines(
    d.boundary("late", "review", d.timer("PT8H")),
    d.user("overtaken"),
    d.end("e1"),
    d.path("late", "overtaken", "e1"),
)


def test_who_completes_before_the_timer_is_fired_wins(play):
    case = play(RACE)
    case.do("review")
    case.later(hours=20)
    assert case.users == ["next"]


def test_a_task_taken_away_by_its_timer_cannot_be_completed():
    player = Player(compiled(RACE))
    token = player.case.waiting()[-1].token
    assert token.element.id == "review"
    player.later(hours=20)

    assert player.users == ["overtaken"]
    assert player.clerk.times("review", "cancelled") == 1
    with pytest.raises(TokenGone):
        player.case.complete(token.id, {})


SUPPLEMENT = d.bundle(
    d.process(
        "p",
        d.start(),
        d.user("review"),
        d.gateway("exclusive", "complete", default="f_ok"),
        d.call("supplement", "supplement", d.passes(all=True), d.returns(all=True)),
        d.end(),
        d.path("s", "review", "complete"),
        d.flow("complete", "supplement", "missing = true"),
        d.flow("complete", "e", flow_id="f_ok"),
        d.flow("supplement", "review"),
    ),
    d.process(
        "supplement",
        d.start("ss"),
        d.receive("wait", "MaterialsSupplied"),
        d.boundary("day2", "wait", d.timer("P2D"), interrupting=False),
        d.boundary("day5", "wait", d.timer("P5D"), interrupting=False),
        d.boundary("day15", "wait", d.timer("P15D")),
        *(
            d.service(f"remind{n}") + d.end(f"se{n}") + d.path(f"day{n}", f"remind{n}", f"se{n}")
            for n in (2, 5)
        ),
        d.service("close"),
        d.end("sx"),
        d.end("se"),
        d.path("ss", "wait", "se"),
        d.path("day15", "close", "sx"),
    ),
)


def test_supplements_loop_with_reminders(play):
    case = play(SUPPLEMENT)
    for count in range(3):
        case.do("review", {"missing": True})
        assert case.messages == ["wait"]
        case.later(days=3)
        assert case.clerk.times("remind2") == count + 1
        case.message("MaterialsSupplied", {"document": count})
        assert (case.users, case.timers, case.messages) == (["review"], [], [])
    case.do("review", {"missing": False})
    assert case.over
    assert case.data["document"] == 2


def test_a_supplement_never_supplied_is_closed(play):
    case = play(SUPPLEMENT)
    case.do("review", {"missing": True})
    case.later(days=3)
    case.later(days=3)
    case.later(days=10)
    assert [case.clerk.times(name) for name in ("remind2", "remind5", "close")] == [1, 1, 1]
    assert (case.users, case.messages) == (["review"], [])


TIMERS = {
    "=limit": ({"limit": "PT4H"}, 4),
    "${limit}": ({"limit": "PT6H"}, 6),
    '=duration("PT1H") * hours': ({"hours": 3}, 3),
    "PT8H": ({}, 8),
}


@pytest.mark.parametrize("text", TIMERS)
def test_a_duration_is_iso_text_or_feel(play, text):
    data, hours = TIMERS[text]
    case = play(deadlines(d.boundary("t", "review", d.timer(text)), d.end("e1"), d.path("t", "e1")), data)
    case.later(hours=hours, seconds=-1)
    assert case.users == ["review"]
    case.later(seconds=1)
    assert case.over


FEEL_TIMES = {
    'duration("P1M")': timedelta(days=31),
    'now() + duration("PT2H")': timedelta(hours=2),
    'today() + duration("P2D")': timedelta(
        days=1, hours=15
    ),  # from 9 in the morning to a midnight in Shanghai
    'date("2026-03-03")': timedelta(hours=15),
}


@pytest.mark.parametrize("text", FEEL_TIMES)
def test_a_feel_timer_may_be_a_duration_a_day_or_an_instant(play, text):
    case = play(
        d.bundle(
            d.process(
                "p", d.start(), d.catch("t", d.timer(f"={text}", "timeDate")), d.end(), d.path("s", "t", "e")
            )
        )
    )
    case.later(seconds=FEEL_TIMES[text].total_seconds() - 1)
    assert case.timers == ["t"]
    case.later(seconds=1)
    assert case.over


@pytest.mark.parametrize("due", ["2026-03-05T09:00:00+08:00", "2026-03-05"])
def test_a_date_is_an_instant_or_the_midnight_of_the_business_day(play, due):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.catch("t", d.timer("=due", "timeDate")),
                d.user("after"),
                d.end(),
                d.path("s", "t", "after", "e"),
            )
        ),
        {"due": due},
    )
    case.later(days=2)
    assert case.timers == ["t"]
    case.later(days=1)
    assert case.users == ["after"]


def test_a_message_boundary_that_does_not_interrupt_may_be_met_again(play):
    case = play(
        deadlines(
            d.boundary("info", "review", d.message("BankResult"), interrupting=False),
            d.user("read"),
            d.end("e1"),
            d.path("info", "read", "e1"),
        )
    )
    case.message("BankResult", {"k": 1})
    case.message("BankResult", {"k": 2})
    assert (case.users, case.messages) == (["read", "read", "review"], ["info"])
    case.do("review")
    assert (case.users, case.messages) == (["next", "read", "read"], [])


@pytest.mark.parametrize("host", ["", "review", "nowhere"])
def test_an_activity_that_says_it_is_attached_is_an_activity_all_the_same(host):
    drawn = d.process(
        "p",
        d.start(),
        d.user("enter", attachedToRef=host),
        d.user("review"),
        d.end("e"),
        d.path("s", "enter", "review", "e"),
    )
    player = Player(compiled(d.bundle(drawn)))

    player.do("enter")
    player.do("review")

    assert player.over
