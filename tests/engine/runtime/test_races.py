"""Two at once: one wins, the other is told who was quicker, nothing is doubled."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from diagrams import bundle, catch, end, path, process, properties, repeated, service, start, timer, user

from company.messages import Refusal
from engine import firing, jobs
from engine.errors import AlreadyRunning, FourEyesBroken, TaskAlreadyDone, TaskTakenBy
from engine.history import ActivityHistory
from engine.punctuality import TimerFiring
from engine.tasks import CaseFacts, Instance
from engine.waits import TimerJob

TWO = {
    "p.bpmn": bundle(
        process(
            "p",
            start(),
            user("look", candidateGroups_="reviewer_l1"),
            service("pay", topic="pay"),
            user("check", candidateGroups_="reviewer_l1"),
            end(),
            path("s", "look", "pay", "check", "e"),
        )
    )
}


def at_once(*acts):
    """Run the acts in threads that start together; returns what each came to, refusals as values."""
    barrier = threading.Barrier(len(acts))

    def run(act):
        barrier.wait()
        try:
            return act()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(run, act) for act in acts]]


@pytest.fixture
def payments(topics):
    made = []

    @topics.topic("pay")
    def pay(call):
        made.append(call.business_key)
        return {}

    return made


def test_of_two_completions_one_wins_and_the_other_is_told_who_did_it(house, payments):
    house.deploy(TWO)
    house.start("p")
    task = house.task("look")
    names = ("reviewer_l1_east", "reviewer_l1_2")

    results = at_once(*(lambda name=name: house.complete_task(task.id, name) for name in names))

    refusals = [result for result in results if isinstance(result, Refusal)]
    (refused,) = refusals
    winner = names[1 - results.index(refused)]
    assert isinstance(refused, TaskAlreadyDone)
    assert refused.facts["by"] == f"名{winner}"
    assert len(house.rows(ActivityHistory, kind="user")) == 1
    assert len(house.open_tasks("check")) == 1


def test_of_two_claims_one_wins_and_the_other_is_told_who_holds_it(house, payments):
    house.deploy(TWO)
    house.start("p")
    task = house.task("look")
    actors = [house.who(name) for name in ("reviewer_l1_east", "reviewer_l1_2")]

    results = at_once(*(lambda actor=actor: house.do("claim", task.id, actor) for actor in actors))

    (refused,) = [result for result in results if isinstance(result, Refusal)]
    assert isinstance(refused, TaskTakenBy)
    assert refused.facts["name"] == house.task("look").assignee_name


def test_one_person_with_two_windows_cannot_cast_two_votes(house):
    files = {
        "vote.bpmn": bundle(
            process(
                "vote",
                start(),
                user(
                    "vote",
                    repeated("seats", "seat", made="seat", collected="voices"),
                    candidateGroups_="risk_committee",
                    extensions=properties(distinctPeople="true"),
                ),
                end(),
                path("s", "vote", "e"),
            )
        )
    }
    house.deploy(files)
    house.start("vote", data={"seats": [1, 2]})
    first, second = house.open_tasks("vote")

    results = at_once(
        *(lambda task=task: house.complete_task(task.id, "risk_committee_east") for task in (first, second))
    )

    assert [type(result) for result in results].count(FourEyesBroken) == 1
    assert len(house.rows(ActivityHistory, kind="user", element_id="vote")) == 1


def test_two_starts_of_one_key_make_one_case(house, payments):
    house.deploy(TWO)
    actor = house.who("front_desk_east")

    def begin():
        with house.database.write() as session:
            house.engine.start(session, "p", "APP-1", data={}, actor=actor, facts=CaseFacts("x"))

    results = at_once(begin, begin)

    assert [type(result) for result in results].count(AlreadyRunning) == 1
    assert len(house.rows(Instance)) == 1


def test_two_workers_share_the_jobs_and_each_takes_effect_once(house, topics):
    done = []

    @topics.topic("pay")
    def pay(call):
        done.append(call.business_key)
        return {}

    house.deploy(
        {
            "p.bpmn": bundle(
                process(
                    "p",
                    start(),
                    service("pay", topic="pay", asyncBefore_="true"),
                    end(),
                    path("s", "pay", "e"),
                )
            )
        }
    )
    for number in range(20):
        house.start("p", f"APP-{number}")

    at_once(*(lambda: [jobs.poll(house.engine, 3) for _ in range(8)] for _ in range(2)))
    house.work()

    rows = house.rows(ActivityHistory, kind="service")
    assert sorted(row.business_key for row in rows) == sorted(f"APP-{number}" for number in range(20))


def test_a_message_by_two_roads_is_taken_once(house):
    files = {
        "p.bpmn": bundle(
            process(
                "p",
                start(),
                '<receiveTask id="wait" name="等" messageRef="m_BankResult"/>',
                user("check", candidateGroups_="front_desk"),
                end(),
                path("s", "wait", "check", "e"),
            )
        )
    }
    house.deploy(files)
    house.start("p")

    def deliver():
        return house.do("deliver", "BankResult", "APP-1", {}, "event-1")

    results = at_once(deliver, deliver)

    assert len(house.open_tasks("check")) == 1
    assert 1 in results


def test_claims_and_completions_never_wait_for_each_other_in_a_circle(house, payments):
    house.deploy(TWO)
    for number in range(12):
        house.start("p", f"APP-{number}")
    actors = [house.who(name) for name in ("reviewer_l1_east", "reviewer_l1_2")]

    for task in house.open_tasks("look"):
        results = at_once(
            lambda task=task: house.do("claim", task.id, actors[0]),
            lambda task=task: house.do("complete", task.id, actors[1], {}),
        )
        assert any(not isinstance(result, Refusal) for result in results)


def test_two_workers_fire_each_timer_once(house):
    house.deploy(
        {"p.bpmn": bundle(process("p", start(), catch("wait", timer("PT1H")), end(), path("s", "wait", "e")))}
    )
    started = [house.start("p", f"K{number}") for number in range(30)]
    house.later(hours=1)

    at_once(*(lambda: firing.fire_due(house.engine, 50) for _ in range(2)))
    jobs.Worker(house.engine).run_once()

    assert sorted(row.instance_id for row in house.rows(TimerFiring)) == started
    assert house.rows(TimerJob) == []
