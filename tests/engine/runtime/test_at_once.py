"""Two things that happen to one case in the same moment, on each database: one wins, the other finds it done."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from diagrams import boundary, bundle, end, message, path, process, start, timer, user

from company.people import SYSTEM
from engine.errors import EngineError
from engine.firing import fire_due
from engine.tasks import Instance
from engine.waits import Incident, Message, MessageSubscription, TimerJob

PAID, SOLD, LATE = message("Paid"), message("Sold"), timer("PT1H")
ROUNDS = 4


def ended_by(first, second):
    """A step that either of two events ends."""
    drawn = process(
        "p",
        start(),
        user("work", candidateGroups_="front_desk"),
        boundary("one", "work", first),
        boundary("other", "work", second),
        end(),
        end("end_one"),
        end("end_other"),
        path("s", "work", "e"),
        path("one", "end_one"),
        path("other", "end_other"),
    )
    return {"p.bpmn": bundle(drawn, messages=("Paid", "Sold"))}


TIMED = {
    "p.bpmn": bundle(
        process(
            "p",
            start(),
            user("work", candidateGroups_="front_desk"),
            boundary("late", "work", LATE),
            user("remind", candidateGroups_="front_desk"),
            end(),
            path("s", "work", "e"),
            path("late", "remind", "e"),
        )
    )
}


def both(*steps):
    """What each of the steps, done in the same moment, came to; the name of the error of one that was refused."""

    def came_to(step):
        try:
            return step()
        except EngineError as refused:
            return refused.code

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(came_to, steps))


def delivered(house, name, key):
    def deliver():
        with house.database.write() as session:
            return house.engine.deliver(session, name, key, {}, f"{name}:{key}")

    return deliver


def test_of_two_messages_at_once_the_case_takes_one_and_the_other_is_kept(house):
    house.deploy(ended_by(PAID, SOLD))
    for n in range(ROUNDS):
        key = f"APP-{n}"
        instance_id = house.start("p", key)

        taken = both(delivered(house, "Paid", key), delivered(house, "Sold", key))

        assert sorted(taken) == [0, 1]
        assert house.status(instance_id) == "completed"
        kept = [each for each in house.rows(Message, correlation_key=key) if each.consumed_at is None]
        assert len(kept) == 1
    assert house.rows(MessageSubscription) == []
    assert house.rows(Incident) == []
    assert house.open_tasks() == []


def test_a_case_cancelled_while_its_timer_fires_is_cancelled_and_leaves_nothing_behind(house):
    house.deploy(TIMED)
    for n in range(ROUNDS):
        instance_id = house.start("p", f"APP-{n}")
        house.later(hours=2)

        def cancel(instance_id=instance_id):
            with house.database.write() as session:
                house.engine.cancel(session, instance_id, SYSTEM, "贷款已终结")
            return "cancelled"

        steps = (cancel, lambda: fire_due(house.engine, 10))
        both(*(steps if n % 2 else reversed(steps)))

        assert house.status(instance_id) == "cancelled"
    assert house.rows(TimerJob) == []
    assert house.open_tasks() == []
    assert house.rows(Incident) == []
    assert {each.status for each in house.rows(Instance)} == {"cancelled"}


@pytest.mark.parametrize("message_first", [True, False])
def test_a_message_and_the_timer_of_the_same_moment_end_the_step_once(house, message_first):
    house.deploy(ended_by(PAID, LATE))
    instance_id = house.start("p", "APP-1")
    house.later(hours=2)
    steps = (delivered(house, "Paid", "APP-1"), lambda: fire_due(house.engine, 10))

    both(*(steps if message_first else reversed(steps)))

    assert house.status(instance_id) == "completed"
    assert house.rows(TimerJob) == []
    assert house.rows(Incident) == []
