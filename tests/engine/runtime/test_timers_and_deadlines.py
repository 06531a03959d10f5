"""Timers wake on their day, and overdue work is told, then given back."""

from datetime import timedelta

import pytest
from diagrams import boundary, bundle, catch, end, path, process, properties, service, start, timer, user
from engine_house import MONDAY
from sqlalchemy import update

from company import calendar, outbox
from company.calendar import WorkingCalendar
from company.outbox import OutboxMessage
from engine import instants, jobs, leases
from engine.history import ActivityHistory
from engine.tasks import UserTask
from engine.waits import Incident, Job, TimerJob


def with_timer(definition, *, interrupting=True):
    return {
        "p.bpmn": bundle(
            process(
                "p",
                start(),
                user("look", candidateGroups_="reviewer_l1"),
                boundary("late", "look", definition, interrupting=interrupting),
                user("remind", candidateGroups_="front_desk"),
                end(),
                end("e2"),
                path("s", "look", "e"),
                path("late", "remind", "e2"),
            )
        )
    }


def test_a_timer_fires_on_its_day_and_not_before(house):
    house.deploy(with_timer(timer("P2D")))
    house.start("p")

    house.later(days=2, seconds=-1)
    assert house.work() == 0
    house.later(seconds=1)
    house.work()

    assert [task.element_id for task in house.open_tasks()] == ["remind"]
    assert house.rows(TimerJob) == []
    assert [row.element_id for row in house.rows(ActivityHistory, kind="interrupted")] == ["look"]


def test_working_time_is_counted_in_working_hours(house):
    house.deploy(with_timer(timer('="10wh"')))
    house.start("p")

    (waiting,) = house.rows(TimerJob)

    assert waiting.due_at == MONDAY + timedelta(days=1, hours=2, minutes=30)


def test_a_persons_completion_wins_over_a_timer_that_is_due(house):
    house.deploy(with_timer(timer("PT1H")))
    instance_id = house.start("p")
    house.later(hours=2)

    house.complete("look", "reviewer_l1_east")
    house.work()

    assert house.status(instance_id) == "completed"
    assert house.open_tasks() == []


def test_after_downtime_a_cycle_fires_once_and_goes_on_from_now(house):
    house.deploy(with_timer(timer("R/PT1H", "timeCycle"), interrupting=False))
    house.start("p")
    house.later(hours=10, minutes=30)

    house.work()

    assert [task.element_id for task in house.open_tasks()] == ["look", "remind"]
    (following,) = house.rows(TimerJob)
    assert following.due_at > house.clock.now()
    assert following.due_at - house.clock.now() <= timedelta(hours=1)


def test_what_fails_after_a_timer_is_tried_again_and_then_an_incident(house, topics):
    @topics.topic("fail")
    def fail(call):
        raise ConnectionError

    house.deploy(
        {
            "p.bpmn": bundle(
                process(
                    "p",
                    start(),
                    catch("wait", timer("PT1H")),
                    service("fail", topic="fail"),
                    end(),
                    path("s", "wait", "fail", "e"),
                )
            )
        }
    )
    house.start("p")

    for pause in (60, 1, 5, 30):
        house.later(minutes=pause)
        assert house.work() == 1

    (incident,) = house.rows(Incident)
    assert (incident.element_id, incident.cause) == ("wait", "ConnectionError")
    assert house.rows(TimerJob)[0].status == "incident"


OVERDUE = {
    "p.bpmn": bundle(
        process(
            "p",
            start(),
            user("look", candidateGroups_="reviewer_l1", extensions=properties(slaHours="2")),
            end(),
            path("s", "look", "e"),
        )
    )
}


def test_at_the_deadline_owner_holder_and_supervisor_are_told_once(house):
    house.deploy(OVERDUE)
    house.start("p")
    house.do("claim", house.task("look").id, house.who("reviewer_l1_east"))

    house.later(hours=2, seconds=-1)
    assert house.work() == 0
    house.later(seconds=1)
    house.work()
    assert house.work() == 0

    task = house.task("look")
    assert (task.overdue_level, task.assignee_name) == (1, "名reviewer_l1_east")
    told = [row.payload.get("employee_id") or row.payload["role_id"] for row in house.rows(OutboxMessage)]
    assert told == [house.ids["front_desk_east"], house.ids["reviewer_l1_east"], "branch_manager"]
    assert len(house.rows(ActivityHistory, kind="overdue")) == 1
    assert house.inbox("reviewer_l1_east", urgency="overdue") == ["look"]


def test_at_twice_the_time_the_task_goes_back_to_its_group(house):
    house.deploy(OVERDUE)
    house.start("p")
    house.do("claim", house.task("look").id, house.who("reviewer_l1_east"))

    house.later(hours=5)  # 2 h + 2 h of work, with the noon break between
    house.work()
    house.later(hours=1)
    house.work()

    task = house.task("look")
    assert (task.overdue_level, task.assignee_id) == (2, None)
    (row,) = house.rows(ActivityHistory, kind="back_to_group")
    assert row.note == "名reviewer_l1_east"
    assert house.inbox("reviewer_l1_2") == ["look"]
    assert house.work() == 0


def test_a_timer_whose_failure_cannot_be_written_down_holds_up_no_other(house, topics):
    @topics.topic("burst")
    def burst(call):
        raise ZeroDivisionError

    files = with_timer(timer("PT1H"))
    files["q.bpmn"] = bundle(
        process(
            "q",
            start(),
            catch("wait", timer("PT1H")),
            service("compute", topic="burst"),
            end(),
            path("s", "wait", "compute", "e"),
        )
    )
    house.deploy(files)
    house.start("q")
    with house.database.write() as session:
        session.execute(update(TimerJob).values(retry_cycle="nonsense"))
    house.start("p", "APP-2")
    house.later(hours=1)

    house.work()

    assert [task.element_id for task in house.open_tasks()] == ["remind"]
    assert house.rows(Incident) == []


def test_a_deadline_that_cannot_be_told_holds_up_no_other(house):
    house.deploy(
        {
            "p.bpmn": bundle(
                process(
                    "p",
                    start(),
                    user("look", candidateGroups_="reviewer_l1", extensions=properties(slaHours="1")),
                    end(),
                    path("s", "look", "e"),
                )
            )
        }
    )
    house.start("p", "APP-1")
    house.start("p", "APP-2")
    first, second = house.open_tasks()
    with house.database.write() as session:
        key = f"task_overdue:{first.id}:1:{house.ids['front_desk_east']}"
        outbox.put(session, "notify", key, {"something": "else"}, house.clock.now())
    house.later(hours=1)

    house.work()

    levels = {task.id: task.overdue_level for task in house.open_tasks()}
    assert levels == {first.id: 0, second.id: 1}
    assert house.rows(UserTask, id=first.id)[0].alarm_at == house.clock.now() + timedelta(hours=1)


@pytest.mark.parametrize("text", ["999999999999wh", "99999999wd", "P9999Y", "P99999999D", "PT999999999999H"])
def test_a_time_beyond_all_calendars_is_refused_at_once(text):
    with pytest.raises(instants.DueTimeUnreadable):
        instants.due_at(text, MONDAY, WorkingCalendar({}))


@pytest.mark.parametrize("hours", ["-1", "NaN", "Infinity", "1e12", "soon"])
def test_a_deadline_of_no_sensible_length_is_refused_by_name(house, hours):
    house.deploy(
        {
            "p.bpmn": bundle(
                process(
                    "p",
                    start(),
                    user("look", candidateGroups_="reviewer_l1", extensions=properties(slaHours="=hours")),
                    end(),
                    path("s", "look", "e"),
                )
            )
        }
    )

    with pytest.raises(instants.DueTimeUnreadable):
        house.start("p", data={"hours": hours})


def test_a_day_in_a_year_without_calendar_is_counted_from_monday_to_friday(house):
    house.deploy(with_timer(timer('="3wd"')))
    house.later(days=2 * 365)

    house.start("p")

    (waiting,) = house.rows(TimerJob)
    assert waiting.due_at == house.clock.now() + timedelta(days=5)  # over a weekend


def test_a_clock_that_leaps_far_ahead_fires_each_timer_once(house):
    house.deploy(with_timer(timer("R/PT1H", "timeCycle"), interrupting=False))
    house.start("p")

    house.later(days=3650)
    assert house.work() < 10

    assert [task.element_id for task in house.open_tasks()] == ["look", "remind"]


def test_a_worker_takes_no_more_jobs_than_its_lease_can_hold(house, topics):
    @topics.topic("note")
    def note(call):
        return {}

    house.deploy(
        {
            "j.bpmn": bundle(
                process("j", start(), service("note", asyncBefore_="true"), end(), path("s", "note", "e"))
            )
        }
    )
    for number in range(leases.LEASED_MAX + 2):
        house.start("j", f"APP-{number}")

    assert jobs.poll(house.engine) == leases.LEASED_MAX

    assert [job.attempts for job in house.rows(Job)] == [0, 0]


def test_a_deadline_follows_a_holiday_that_is_made_known_later(house):
    house.deploy(OVERDUE)
    house.start("p", data={})
    (before,) = house.open_tasks()

    with house.database.write() as session:
        calendar.set_day(session, MONDAY.date(), is_working=False)
    assert house.work() == 1

    (task,) = house.open_tasks()
    assert task.due_at == task.order_at == task.alarm_at == before.due_at + timedelta(days=1)
    assert task.escalate_at == before.escalate_at + timedelta(days=1)
    assert task.version == 1
    assert house.work() == 0


def test_a_deadline_that_was_told_already_stays_told_when_the_calendar_changes(house):
    house.deploy(OVERDUE)
    house.start("p", data={})
    house.later(hours=4)
    house.work()
    (told,) = house.open_tasks()

    with house.database.write() as session:
        calendar.set_day(session, MONDAY.date(), is_working=False)
    house.work()

    (task,) = house.open_tasks()
    assert (told.overdue_level, task.overdue_level) == (1, 1)
    assert task.due_at == told.due_at
    assert task.alarm_at == task.escalate_at > told.escalate_at
