"""Messages find who waits by name and key, arrive once, and are kept for who comes later."""

from diagrams import boundary, bundle, call, end, message, path, process, receive, start, user
from sqlalchemy import select, update

from engine import deployments, jobs
from engine.deployments import Definition
from engine.history import positions, timeline
from engine.tasks import Instance
from engine.waits import Incident, Message, MessageSubscription

WAITING = {
    "pay.bpmn": bundle(
        process(
            "pay",
            start(),
            receive("result", "BankResult"),
            user("check", candidateGroups_="finance_maker"),
            end(),
            path("s", "result", "check", "e"),
        )
    )
}

WITHDRAWN = {
    name + ".bpmn": bundle(
        process(
            name,
            start(),
            user(f"work_{name}", candidateGroups_="front_desk"),
            boundary("withdrew", f"work_{name}", message("CustomerWithdrew")),
            end(),
            end("withdrawn"),
            path("s", f"work_{name}", "e"),
            path("withdrew", "withdrawn"),
        )
    )
    for name in ("apply", "sign")
}


def test_a_message_moves_the_case_that_waits_for_it(house):
    house.deploy(WAITING)
    house.start("pay", "APP-1")
    house.start("pay", "APP-2")

    taken = house.do("deliver", "BankResult", "APP-1", {"bank_status": "succeeded"}, "event-1")

    assert taken == 1
    assert house.task("check").business_key == "APP-1"
    with house.database.read() as session:
        assert house.engine.form_data(session, house.task("check"))["bank_status"] == "succeeded"
    assert [row.correlation_key for row in house.rows(MessageSubscription)] == ["APP-2"]


def test_the_same_message_twice_is_one_message(house):
    house.deploy(WAITING)
    house.start("pay")

    first = house.do("deliver", "BankResult", "APP-1", {}, "event-1")
    again = house.do("deliver", "BankResult", "APP-1", {}, "event-1")

    assert (first, again) == (1, 1)
    assert len(house.open_tasks("check")) == 1


def test_a_message_that_comes_early_is_kept_and_taken_by_who_waits_next(house):
    house.deploy(WAITING)

    assert house.do("deliver", "BankResult", "APP-1", {"bank_status": "failed"}, "event-1") == 0
    house.start("pay", "APP-1")

    assert house.task("check")
    (kept,) = house.rows(Message)
    assert (kept.receivers, kept.consumed_at) == (1, house.clock.now())
    assert house.rows(MessageSubscription) == []


def test_a_kept_message_is_not_kept_for_ever(house):
    house.deploy(WAITING)
    house.do("deliver", "BankResult", "APP-1", {}, "event-1")

    house.later(days=30)
    house.start("pay", "APP-1")

    assert house.open_tasks() == []


def test_a_withdrawal_reaches_every_open_case_of_the_application_and_no_other(house):
    house.deploy(WITHDRAWN)
    apply_id, sign_id, other_id = (
        house.start(process_id, key) for process_id, key in (("apply", "A"), ("sign", "A"), ("sign", "B"))
    )

    taken = house.do("deliver", "CustomerWithdrew", "A", {"reason": "changed mind"}, "w-1")

    assert taken == 2
    assert [house.status(each) for each in (apply_id, sign_id, other_id)] == [
        "completed",
        "completed",
        "running",
    ]
    assert [task.business_key for task in house.open_tasks()] == ["B"]


def test_a_withdrawal_around_a_called_process_takes_its_tasks_and_waits_away(house):
    files = {
        "outer.bpmn": bundle(
            process(
                "outer",
                start(),
                call("inner_call", "pay"),
                boundary("withdrew", "inner_call", message("CustomerWithdrew")),
                end(),
                end("withdrawn"),
                path("s", "inner_call", "e"),
                path("withdrew", "withdrawn"),
            )
        ),
        **WAITING,
    }
    house.deploy(files)
    instance_id = house.start("outer")

    house.do("deliver", "CustomerWithdrew", "APP-1", {}, "w-1")

    assert house.status(instance_id) == "completed"
    assert house.rows(MessageSubscription) == []


def test_a_message_that_crossed_the_subscription_is_handed_out_by_the_poll(house):
    house.deploy(WAITING)
    house.start("pay")
    with house.database.write() as session:  # as if both had been written at the same moment
        session.add(
            Message(
                message_id="event-1",
                name="BankResult",
                correlation_key="APP-1",
                payload={},
                received_at=house.clock.now(),
                expires_at=house.clock.now().replace(year=2027),
                receivers=0,
            )
        )

    house.work()

    assert house.task("check")


def test_a_withdrawal_stands_in_the_timeline_and_an_unused_boundary_does_not(house):
    house.deploy(WITHDRAWN)
    instance_id = house.start("apply", "A")
    house.start("sign", "B")
    with house.database.read() as session:
        found = positions(session, session.get_one(Instance, instance_id))["apply"]
    assert found.current == {"work_apply"}

    house.do("deliver", "CustomerWithdrew", "A", {"reason": "changed mind"}, "w-1")
    house.complete("work_sign", "front_desk_east")

    with house.database.read() as session:
        told = [(each.kind.value, each.element_id, each.results) for each in timeline(session, "A")]
        others = [each.kind.value for each in timeline(session, "B")]
        done = positions(session, session.get_one(Instance, instance_id))["apply"].done
    assert ("interrupted", "work_apply", None) in told
    assert ("event", "withdrew", {"reason": "changed mind"}) in told
    assert told[-1] == ("completed", None, ["withdrawn"])
    assert others == ["started", "user", "completed"]
    assert done == {"s", "withdrew", "withdrawn"}


def test_a_case_that_cannot_be_read_is_an_incident_and_the_others_get_the_message(house):
    house.deploy(WITHDRAWN)
    broken_id, other_id = house.start("apply", "A"), house.start("sign", "A")
    admin = house.who("admin")
    with house.database.write() as session:
        fingerprint = session.scalar(select(Definition.fingerprint).where(Definition.process_id == "apply"))
        session.execute(
            update(Definition).where(Definition.process_id == "apply").values(fingerprint="another")
        )
    deployments.forget(house.database.engine)

    taken = house.do("deliver", "CustomerWithdrew", "A", {}, "w-1")
    house.work()

    assert (taken, house.status(other_id)) == (1, "completed")
    (incident,) = house.rows(Incident)
    assert (incident.cause, incident.instance_id) == ("fingerprint_mismatch", broken_id)

    with house.database.write() as session:  # the administrator has gone back to the former program
        definition = session.scalars(select(Definition).where(Definition.process_id == "apply")).one()
        definition.fingerprint = fingerprint
        jobs.retry_incident(house.engine, session, incident.id, admin)
    house.work()

    assert house.status(broken_id) == "completed"
