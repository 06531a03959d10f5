"""Messages, timers and signals start cases of the newest version, each once."""

from datetime import UTC, datetime, timedelta

import pytest
from diagrams import bundle, catch, end, node, path, process, properties, signal, start, timer, user
from diagrams import message as of_message
from engine_house import MONDAY, House

from cheliu.dispatch import carry_out
from company import calendar
from company.people import SYSTEM
from engine import jobs
from engine.errors import DeploymentRefused, StartedBefore, StartEventMissing
from engine.punctuality import TimerFiring, since
from engine.starts import StartSubscription, StartTimer
from engine.tasks import Instance
from engine.waits import Incident, Message, SignalSubscription


@pytest.fixture
def house(sqlite_url, topics):
    built = House(sqlite_url, topics)
    yield built
    built.database.close()


def starting(*definitions, process_id="p", task="look", extensions="", process_properties="", key=None):
    """A process with a start event for each definition, all leading to one task."""
    inside = properties(businessKey=key) if key else ""
    starts = [
        node("startEvent", f"s{number}", definition, extensions=inside)
        for number, definition in enumerate(definitions)
    ]
    held = f"<extensionElements>{process_properties}</extensionElements>" if process_properties else ""
    return {
        f"{process_id}.bpmn": bundle(
            process(
                process_id,
                held,
                *starts,
                user(task, candidateGroups_="front_desk"),
                end(),
                *(path(f"s{number}", task) for number in range(len(definitions))),
                path(task, "e"),
            )
        )
    }


def keys(house):
    return [(row.process_id, row.business_key) for row in house.rows(Instance)]


def test_a_message_starts_a_case_with_its_key_and_what_it_brings(house):
    house.deploy(starting(of_message("BankResult")))

    taken = house.do("deliver", "BankResult", "APP-1", {"amount": 5}, "m-1")
    again = house.do("deliver", "BankResult", "APP-1", {"amount": 5}, "m-1")

    assert (taken, again) == (1, 1)
    assert keys(house) == [("p", "APP-1")]
    with house.database.read() as session:
        assert house.engine.form_data(session, house.task("look"))["amount"] == 5


def test_a_message_goes_to_who_waits_and_starts_nothing_then(house):
    waiting = {
        "q.bpmn": bundle(
            process("q", start(), catch("wait", of_message("BankResult")), end(), path("s", "wait", "e"))
        )
    }
    house.deploy(starting(of_message("BankResult")) | waiting)
    house.start("q", "APP-1")

    assert house.do("deliver", "BankResult", "APP-1", {}, "m-1") == 1

    assert keys(house) == [("q", "APP-1")]


def test_a_message_for_a_case_that_runs_and_does_not_wait_yet_is_kept_for_it(house):
    house.deploy(starting(of_message("BankResult")))
    house.do("deliver", "BankResult", "APP-1", {}, "m-1")

    assert house.do("deliver", "BankResult", "APP-1", {}, "m-2") == 0

    assert len(keys(house)) == 1
    assert [message.consumed_at is None for message in house.rows(Message)] == [False, True]


def test_the_start_event_may_make_the_business_key_from_the_payload(house):
    house.deploy(starting(of_message("BankResult"), key='="LOAN-" + number'))

    house.do("deliver", "BankResult", "anything", {"number": "7"}, "m-1")

    assert keys(house) == [("p", "LOAN-7")]


def plain(process_id, process_properties=""):
    held = f"<extensionElements>{process_properties}</extensionElements>" if process_properties else ""
    ask = user("ask", candidateGroups_="front_desk")
    return {
        f"{process_id}.bpmn": bundle(process(process_id, held, start(), ask, end(), path("s", "ask", "e")))
    }


def test_nobody_starts_by_hand_what_only_events_start(house):
    house.deploy(starting(of_message("BankResult")))

    with pytest.raises(StartEventMissing):
        house.start("p")


def test_a_message_that_nobody_takes_is_emptied_when_its_time_is_over(house):
    house.do("deliver", "BankResult", "APP-1", {"amount": 5}, "m-1")

    house.later(days=30, seconds=-1)
    house.work()
    assert house.rows(Message)[0].payload == {"amount": 5}
    house.later(seconds=1)
    house.work()

    (kept,) = house.rows(Message)
    assert (kept.payload, kept.expired_at) == ({}, house.clock.now())
    assert house.do("deliver", "BankResult", "APP-1", {"amount": 5}, "m-1") == 0, "its id stays known"


def test_a_duration_starts_one_case_and_a_date_that_is_over_none(house):
    house.deploy(starting(timer("PT1H")) | starting(timer("2026-01-01", "timeDate"), process_id="q"))

    assert [timer.process_id for timer in house.rows(StartTimer)] == ["p"]
    house.later(hours=1)
    house.work()

    assert keys(house) == [("p", "p:20260105T020000Z")]
    assert house.rows(StartTimer) == []


def test_a_cycle_ends_at_its_end(house):
    house.deploy(starting(timer("R/PT1H/2026-01-05T10:30", "timeCycle")))

    house.later(hours=1)
    house.work()

    assert len(keys(house)) == 1
    assert house.rows(StartTimer) == []


def test_a_round_whose_case_still_runs_starts_no_second(house):
    house.deploy(starting(timer("R/PT1H", "timeCycle"), key="day-end"))
    house.later(hours=1)
    house.work()

    house.later(hours=1)
    house.work()

    assert keys(house) == [("p", "day-end")]
    assert house.rows(StartTimer)[0].due_at == house.clock.now() + timedelta(hours=1)


def test_the_same_bundle_again_leaves_its_timers_alone(house):
    files = starting(timer("PT2H"))
    house.deploy(files)
    house.later(hours=1)

    house.deploy(files)

    assert house.rows(StartTimer)[0].due_at == MONDAY + timedelta(hours=2)


def test_a_start_timer_that_needs_a_case_is_refused_at_deployment(house):
    with pytest.raises(DeploymentRefused) as refused:
        house.deploy(starting(timer("=pause")))

    assert [problem.code for problem in refused.value.problems] == ["timer_not_readable"]


def test_a_cron_line_of_even_spacing_starts_cases_on_its_grid(house):
    house.deploy(starting(timer("0 30 8 ? * MON", "timeCycle")))

    assert house.rows(StartTimer)[0].due_at == datetime(2026, 1, 12, 0, 30, tzinfo=UTC)


def test_what_a_start_timer_cannot_start_is_an_incident_without_a_case_that_is_retried(house):
    house.deploy(starting(timer("PT1H"), key='="K" + missing'))
    for pause in (60, 1, 5, 30):
        house.later(minutes=pause)
        assert house.work() == 1

    (incident,) = house.rows(Incident)
    assert (incident.instance_id, incident.cause, incident.element_id) == (
        None,
        "business_key_unreadable",
        "s0",
    )
    with house.database.write() as session:
        jobs.retry_incident(house.engine, session, incident.id, house.who("admin"))
    assert house.rows(StartTimer)[0].attempts == 0

    house.deploy(starting(timer("PT1H")))

    assert house.rows(Incident)[0].resolved_by_name == "名admin"


def test_a_signal_is_not_kept_for_who_waits_later(house):
    files = {
        "q.bpmn": bundle(
            process("q", start(), catch("wait", signal("DayClosed")), end(), path("s", "wait", "e"))
        )
    }
    house.deploy(files)
    house.do("broadcast", "DayClosed", {}, "day-1")

    instance_id = house.start("q")
    carry_out(house.engine)

    assert house.status(instance_id) == "running"


def test_a_signal_that_one_case_throws_reaches_the_others(house):
    files = {
        "q.bpmn": bundle(
            process(
                "q",
                start(),
                catch("wait", signal("DayClosed")),
                user("next", candidateGroups_="front_desk"),
                end(),
                path("s", "wait", "next", "e"),
            )
        ),
        "r.bpmn": bundle(
            process(
                "r",
                start(),
                node("intermediateThrowEvent", "tell", signal("DayClosed")),
                end(),
                path("s", "tell", "e"),
            )
        ),
    }
    house.deploy(files)
    house.start("q", "A")

    house.start("r", "B")
    carry_out(house.engine)

    assert house.task("next").business_key == "A"


def waiting_for(text):
    return {
        "q.bpmn": bundle(process("q", start(), catch("wait", timer(text)), end(), path("s", "wait", "e")))
    }


def test_operations_read_how_late_timers_fire_and_what_still_waits(house):
    house.deploy(waiting_for("PT1H"))
    for number in range(3):
        house.start("q", f"K{number}")
        house.later(seconds=10)
    house.later(hours=1, seconds=-25)
    jobs.firing.fire_due(house.engine, 10)
    house.later(seconds=20)

    with house.database.read() as session:
        found = since(session, MONDAY, house.clock.now())

    assert (found.fired, found.late, found.latest_ms) == (1, 1, 5000)
    assert (found.p50_ms, found.p99_ms) == (5000, 5000)
    assert found.waiting == 2
    assert found.waiting_since == MONDAY + timedelta(hours=1, seconds=10)


@pytest.fixture
def each_house(database_url, topics):
    built = House(database_url, topics)
    yield built
    built.database.close()


def test_a_process_that_takes_a_key_once_takes_it_once_for_ever(each_house):
    once = properties(uniqueBusinessKey="always")
    each_house.deploy(starting(of_message("BankResult"), process_properties=once) | plain("q", once))
    each_house.do("deliver", "BankResult", "APP-1", {}, "m-1")
    each_house.do("cancel", each_house.rows(Instance)[0].id, SYSTEM, "办结")
    each_house.start("q", "APP-1")
    each_house.complete("ask", "front_desk_east")

    assert each_house.do("deliver", "BankResult", "APP-1", {}, "m-2") == 0
    with pytest.raises(StartedBefore):
        each_house.start("q", "APP-1")

    assert keys(each_house) == [("p", "APP-1"), ("q", "APP-1")]


def test_a_cycle_starts_a_case_each_time_and_after_downtime_one(each_house):
    each_house.deploy(starting(timer("R3/2026-01-05T10:00/PT1H", "timeCycle")))

    each_house.later(hours=1)
    each_house.work()
    each_house.later(hours=5, minutes=30)
    each_house.work()
    each_house.later(hours=3)
    each_house.work()

    started = [key for _, key in keys(each_house)]
    assert started == ["p:20260105T020000Z", "p:20260105T030000Z", "p:20260105T080000Z"]
    assert each_house.rows(StartTimer) == [], "three rounds are over"
    assert [firing.late_ms for firing in each_house.rows(TimerFiring)] == [
        0,
        4.5 * 3_600_000,
        2.5 * 3_600_000,
    ]


def test_a_new_version_takes_the_start_events_over_and_the_old_ones_are_retired(each_house):
    each_house.deploy(starting(timer("R/PT1H", "timeCycle"), of_message("BankResult")))
    each_house.later(minutes=30)

    each_house.deploy(starting(timer("PT2H"), of_message("MaterialsSupplied"), task="newer"))

    (timer_row,) = each_house.rows(StartTimer)
    assert (timer_row.due_at, timer_row.interval) == (MONDAY + timedelta(hours=2, minutes=30), None)
    assert [row.name for row in each_house.rows(StartSubscription)] == ["MaterialsSupplied"]
    assert each_house.do("deliver", "BankResult", "APP-1", {}, "m-1") == 0
    each_house.do("deliver", "MaterialsSupplied", "APP-2", {}, "m-2")
    assert each_house.task("newer").business_key == "APP-2"


def test_a_signal_reaches_every_waiting_case_and_starts_its_process_after_the_commit(each_house):
    waiting = {
        "q.bpmn": bundle(
            process(
                "q",
                start(),
                catch("wait", signal("DayClosed")),
                user("next", candidateGroups_="front_desk"),
                end(),
                path("s", "wait", "next", "e"),
            )
        )
    }
    each_house.deploy(starting(signal("DayClosed")) | waiting)
    for key in ("A", "B"):
        each_house.start("q", key)

    reached = each_house.do("broadcast", "DayClosed", {"day": "2026-01-05"}, "day-1")
    each_house.do("broadcast", "DayClosed", {"day": "2026-01-05"}, "day-1")
    assert (reached, each_house.open_tasks()) == (3, [])
    carry_out(each_house.engine)

    assert keys(each_house)[2:] == [("p", "p:day-1")]
    assert sorted(task.business_key for task in each_house.open_tasks("next")) == ["A", "B"]
    assert each_house.rows(SignalSubscription) == []
    with each_house.database.read() as session:
        assert each_house.engine.form_data(session, each_house.task("look"))["day"] == "2026-01-05"


def test_working_time_is_counted_again_when_a_year_of_the_calendar_is_published_later(each_house):
    each_house.later(
        days=354
    )  # Friday 25 December 2026: 1 January 2027 counts as a working day until it is published
    each_house.deploy(starting(timer('="5wd"')) | waiting_for("5wd"))
    instance_id = each_house.start("q")
    before = each_house.rows(StartTimer)[0].due_at
    with each_house.database.write() as session:
        calendar.publish(session, 2027)
    assert each_house.work() == 2

    after = each_house.rows(StartTimer)[0].due_at
    with each_house.database.read() as session:
        due = [
            timer.due_at
            for timer in each_house.rows(jobs.firing.TimerJob)
            if timer.instance_id == instance_id
        ]
    assert due == [after]
    assert (after - before) >= timedelta(days=1)
    assert each_house.work() == 0
    each_house.clock.advance(after - each_house.clock.now())
    each_house.work()
    assert each_house.status(instance_id) == "completed"
