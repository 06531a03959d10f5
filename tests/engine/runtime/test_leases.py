"""Leases: one worker a job, one exclusive job a case, renewed while the worker lives, taken back when it does not."""

from datetime import timedelta

import pytest
from diagrams import (
    boundary,
    bundle,
    end,
    gateway,
    path,
    process,
    receive,
    repeated,
    service,
    start,
    timer,
    user,
)
from engine_house import House

from engine import jobs, leases
from engine.history import ActivityHistory
from engine.waits import Incident, Job, MessageSubscription, TimerJob


@pytest.fixture
def house(sqlite_url, topics):
    built = House(sqlite_url, topics)
    yield built
    built.database.close()


@pytest.fixture
def each_house(database_url, topics):
    built = House(database_url, topics)
    yield built
    built.database.close()


@pytest.fixture
def done(topics):
    """What the steps have done, in order."""
    made = []

    @topics.topic("note")
    def note(call):
        made.append((call.business_key, call.element.id))
        return {}

    return made


def two_branches(**attributes):
    """A case with two jobs at once."""
    return {
        "p.bpmn": bundle(
            process(
                "p",
                start(),
                gateway("parallel", "g"),
                service("one", asyncBefore_="true", **attributes),
                service("two", asyncBefore_="true", **attributes),
                end(),
                end("e2"),
                path("s", "g", "one", "e"),
                path("g", "two", "e2"),
            )
        )
    }


def one_job(process_id="p", **attributes):
    step = service("step", asyncBefore_="true", **attributes)
    return {f"{process_id}.bpmn": bundle(process(process_id, start(), step, end(), path("s", "step", "e")))}


def test_jobs_that_are_not_exclusive_run_beside_each_other(house, done):
    house.deploy(two_branches(exclusive_="false"))
    house.start("p")

    assert len(leases.lease_due(house.engine, 10)) == 2


def test_a_priority_that_gives_no_number_is_refused_by_name(house, done):
    house.deploy(one_job("high", jobPriority_="=rank"))

    with pytest.raises(Exception, match="rank"):
        house.start("high", "B", data={"rank": "urgent"})


def test_a_lease_that_is_renewed_is_not_taken_back(house, topics):
    calls = []

    @topics.topic("note")
    def note(call):
        return {}

    @note.outside
    def _(call):
        calls.append(1)
        for _ in range(4):  # a step longer than its lease, in a worker that lives
            house.later(seconds=50)
            leases.renew(house.engine, held)
            assert leases.reap(house.engine, 10) == 0

    house.deploy(one_job())
    house.start("p")
    held = leases.lease_due(house.engine, 1)

    jobs.run_leased(house.engine, held[0])

    assert calls == [1]
    assert len(house.rows(ActivityHistory, kind="service")) == 1


def test_a_growing_pause_doubles_with_each_try(house, topics):
    @topics.topic("note")
    def note(call):
        raise ConnectionError

    retry = "<camunda:failedJobRetryTimeCycle>R3/PT1M*2</camunda:failedJobRetryTimeCycle>"
    house.deploy(one_job(extensions=retry))
    house.start("p")

    pauses = []
    for _ in range(3):
        house.work()
        (job,) = house.rows(Job)
        pauses.append(job.due_at - house.clock.now())
        house.clock.advance(pauses[-1])
    house.work()

    assert pauses == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert len(house.rows(Incident)) == 1


def test_async_after_commits_the_step_and_goes_on_in_a_job(house, done):
    files = {
        "p.bpmn": bundle(
            process(
                "p",
                start(),
                user("ask", candidateGroups_="front_desk", asyncAfter_="true"),
                boundary("late", "ask", timer("PT1H")),
                service("step"),
                end(),
                end("e2"),
                path("s", "ask", "step", "e"),
                path("late", "e2"),
            )
        )
    }
    house.deploy(files)
    instance_id = house.start("p")

    house.complete("ask", "front_desk_east")

    assert (done, house.rows(TimerJob)) == ([], []), "what guarded the step is off once it is done"
    assert [job.element_id for job in house.rows(Job)] == ["ask"]
    house.work()
    assert done == [("APP-1", "step")]
    assert house.status(instance_id) == "completed"


def test_async_after_does_not_run_the_outside_step_again(house, topics):
    calls = []

    @topics.topic("note")
    def note(call):
        return {}

    @note.outside
    def _(call):
        calls.append(call.element.id)

    house.deploy(one_job(asyncAfter_="true"))
    instance_id = house.start("p")

    house.work()

    assert calls == ["step"]
    assert house.status(instance_id) == "completed"


def test_async_after_a_repeated_step_is_one_job_when_all_are_done(house, done):
    repeats = repeated("seats", "seat")
    step = service("step", repeats, asyncBefore_="true", asyncAfter_="true")
    house.deploy({"p.bpmn": bundle(process("p", start(), step, end(), path("s", "step", "e")))})
    instance_id = house.start("p", data={"seats": [1, 2, 3]})

    for left in (2, 1, 1):
        (lease,) = leases.lease_due(house.engine, 10)
        jobs.run_leased(house.engine, lease)
        assert len(house.rows(Job)) == left
    house.work()

    assert len(done) == 3
    assert house.status(instance_id) == "completed"


@pytest.mark.parametrize("place", ["s", "wait", "g", "e"])
def test_any_element_may_be_a_job_before_and_after(house, done, place):
    def asks(element):
        return {"asyncBefore_": "true", "asyncAfter_": "true"} if element == place else {}

    drawn = {
        "s": start().replace(">", f"{written(asks('s'))}>", 1),
        "wait": receive("wait", "BankResult").replace(">", f"{written(asks('wait'))}>", 1),
        "g": gateway("parallel", "g").replace(">", f"{written(asks('g'))}>", 1),
        "e": end().replace(">", f"{written(asks('e'))}>", 1),
    }
    house.deploy({"p.bpmn": bundle(process("p", *drawn.values(), path("s", "wait", "g", "e")))})
    instance_id = house.start("p")
    house.work()
    assert house.rows(MessageSubscription)
    house.do("deliver", "BankResult", "APP-1", {}, "m-1")
    worked = house.work()

    assert worked == {"s": 0, "wait": 1, "g": 2, "e": 2}[place]
    assert house.status(instance_id) == "completed"


def written(attributes):
    return "".join(f' camunda:{name[:-1]}="{value}"' for name, value in attributes.items())


def test_two_jobs_of_one_case_never_run_at_the_same_time(each_house, done):
    each_house.deploy(two_branches())
    each_house.start("p", "A")
    each_house.start("p", "B")

    first = leases.lease_due(each_house.engine, 10)
    second = leases.lease_due(each_house.engine, 10)

    assert sorted(lease.instance_id for lease in first) == sorted({lease.instance_id for lease in first})
    assert (len(first), second) == (2, [])
    for lease in first:
        jobs.run_leased(each_house.engine, lease)
    assert len(leases.lease_due(each_house.engine, 10)) == 2


def test_a_job_that_a_dead_worker_had_not_begun_loses_no_try(each_house, done):
    each_house.deploy(one_job())
    each_house.start("p", "A")
    each_house.start("p", "B")
    begun, waiting = leases.lease_due(each_house.engine, 10)
    leases.begin(each_house.engine, begun)
    each_house.later(seconds=61)

    assert leases.reap(each_house.engine, 10) == 2

    assert {job.id: job.attempts for job in each_house.rows(Job)} == {begun.job_id: 1, waiting.job_id: 0}
    each_house.work()
    assert sorted(key for key, _ in done) == ["A", "B"]


def test_the_highest_priority_goes_first(each_house, done):
    each_house.deploy(one_job("low") | one_job("high", jobPriority_="=rank * 10"))
    each_house.start("low", "A")
    each_house.start("high", "B", data={"rank": 2})
    each_house.start("high", "C", data={"rank": 7})

    each_house.work()

    assert [key for key, _ in done] == ["C", "B", "A"]


def test_a_lease_that_was_taken_back_is_not_renewed(each_house, done):
    each_house.deploy(one_job())
    each_house.start("p")
    held = leases.lease_due(each_house.engine, 1)
    each_house.later(seconds=61)
    leases.reap(each_house.engine, 1)

    leases.renew(each_house.engine, held)

    assert each_house.rows(Job)[0].lease_until is None
