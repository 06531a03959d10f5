"""Jobs: outside any person's command, once, tried again, and visible when they fail for good."""

import pytest
from diagrams import boundary, bundle, end, error, path, process, service, start, user
from sqlalchemy import func, select, update

from company.messages import Refusal
from company.outbox import OutboxMessage
from company.people import SYSTEM
from company.vault import SealedValue
from engine import deployments, jobs, leases
from engine.deployments import Definition
from engine.errors import DeploymentRefused, IncidentUnknown, NotAllowed
from engine.history import ActivityHistory, positions
from engine.tasks import Instance
from engine.waits import Incident, Job


class NoCredit(Refusal):
    code = "E1"
    zh = "额度不足"
    en = "no credit for 310101199001011234"


def with_job(*extra, **attributes):
    return {
        "pay.bpmn": bundle(
            process(
                "pay",
                start(),
                service("send", topic="send", asyncBefore_="true", **attributes),
                user("check", candidateGroups_="front_desk"),
                end(),
                *extra,
                path("s", "send", "check", "e"),
            )
        )
    }


@pytest.fixture
def bank(house, topics):
    """A handler that fails as often as told, and counts."""

    class Bank:
        failures = 0
        calls = 0
        error = ConnectionError

    @topics.topic("send")
    def send(call, *, account):
        Bank.calls += 1
        call.session.add(SealedValue(business_key=call.business_key, name="sent", ciphertext=b"x"))
        call.session.flush()
        if Bank.calls <= Bank.failures:
            raise Bank.error("no line to 6222020200112233445")
        return {"receipt": f"{account}-{Bank.calls}"}

    return Bank


def test_a_job_waits_for_the_worker_and_then_the_case_goes_on(house, bank):
    house.deploy(with_job())
    house.start("pay", data={"account": "A"})
    assert (bank.calls, house.open_tasks()) == (0, [])

    assert house.work() == 1

    assert house.task("check").business_key == "APP-1"
    (row,) = house.rows(ActivityHistory, kind="service")
    assert (row.inputs, row.results, row.actor_name) == ({"account": "A"}, {"receipt": "A-1"}, "系统")
    assert house.rows(Job) == []


def test_a_failing_job_is_tried_again_after_1_5_and_30_minutes_and_leaves_nothing_behind(house, bank):
    bank.failures = 3
    house.deploy(with_job())
    house.start("pay", data={"account": "A"})

    for pause in (1, 5, 30):
        house.work()
        assert house.rows(SealedValue) == []
        (job,) = house.rows(Job)
        assert (job.due_at - house.clock.now()).total_seconds() == pause * 60
        house.later(minutes=pause, seconds=-1)
        assert house.work() == 0
        house.later(seconds=1)
    house.work()

    assert bank.calls == 4
    assert house.task("check")
    assert house.rows(Incident) == []


def test_after_the_last_try_there_is_an_incident_with_cause_and_inputs_that_an_operator_retries(house, bank):
    bank.failures = 4
    house.deploy(with_job())
    instance_id = house.start("pay", data={"account": "sealed:7"})
    for pause in (0, 1, 5, 30):
        house.later(minutes=pause)
        house.work()

    (incident,) = house.rows(Incident)
    assert (incident.cause, incident.attempts, incident.inputs) == (
        "ConnectionError",
        4,
        {"account": "sealed:7"},
    )
    assert "6222020200112233445" not in incident.message
    assert "test_jobs.py" in incident.place
    house.later(days=1)
    assert house.work() == 0
    with house.database.read() as session:
        assert positions(session, session.get_one(Instance, instance_id))["pay"].incident == {"send"}
    assert [row.payload["role_id"] for row in house.rows(OutboxMessage)] == ["admin"]

    with house.database.write() as session:
        jobs.retry_incident(house.engine, session, incident.id, house.who("admin"))
    house.work()

    assert house.task("check")
    (incident,) = house.rows(Incident)
    assert incident.resolved_by_name == "名admin"
    kinds = [row.kind for row in house.rows(ActivityHistory) if row.element_id == "send"]
    assert kinds == ["incident", "retried", "service"]
    with pytest.raises(IncidentUnknown), house.database.write() as session:
        jobs.retry_incident(house.engine, session, incident.id, house.who("admin"))


def test_only_who_may_execute_incidents_retries_one(house, bank):
    with pytest.raises(NotAllowed), house.database.write() as session:
        jobs.retry_incident(house.engine, session, 1, house.who("reviewer_l1_east"))


def test_the_diagrams_retry_cycle_is_kept(house, bank):
    bank.failures = 2
    retry = "<camunda:failedJobRetryTimeCycle>R1/PT10M</camunda:failedJobRetryTimeCycle>"
    house.deploy(with_job(extensions=retry))
    house.start("pay", data={"account": "A"})

    house.work()
    house.later(minutes=10)
    house.work()

    (incident,) = house.rows(Incident)
    assert (bank.calls, incident.attempts) == (2, 2)


def test_a_missing_parameter_is_an_incident_that_names_it(house, bank):
    house.deploy(
        with_job(extensions="<camunda:failedJobRetryTimeCycle>R0/PT1M</camunda:failedJobRetryTimeCycle>")
    )
    house.start("pay")

    house.work()

    (incident,) = house.rows(Incident)
    assert incident.cause == "parameter_missing"
    assert "account" in incident.message


def test_a_refusal_that_a_boundary_catches_leaves_no_partial_write_and_takes_its_path(house, bank):
    bank.failures, bank.error = 9, lambda text: NoCredit()
    caught = (
        boundary("failed", "send", error("E1")),
        user("repair", candidateGroups_="reviewer_l1"),
        end("e2"),
        path("failed", "repair", "e2"),
    )
    house.deploy(with_job(*caught))
    house.start("pay", data={"account": "A"})

    house.work()

    assert house.task("repair")
    assert house.rows(SealedValue) == []
    assert house.rows(Incident) == []
    assert bank.calls == 1


def test_a_refusal_in_a_persons_command_passes_through_and_everything_is_rolled_back(house, topics):
    @topics.topic("refuse")
    def refuse(call):
        call.session.add(SealedValue(business_key="x", name="x", ciphertext=b"x"))
        call.session.flush()
        raise NoCredit()

    house.deploy(
        {
            "p.bpmn": bundle(
                process(
                    "p",
                    start(),
                    user("ask", candidateGroups_="front_desk"),
                    service("check", topic="refuse"),
                    end(),
                    end("e2"),
                    path("s", "ask", "check", "e"),
                    boundary("other", "check", error("E2")),
                    path("other", "e2"),
                )
            )
        }
    )
    house.start("p")

    with pytest.raises(NoCredit):
        house.complete("ask", "front_desk_east")

    assert house.task("ask").status == "open"
    assert house.rows(SealedValue) == []


def test_the_outside_step_runs_with_no_transaction_open_and_hands_its_outcome_in(house, topics):
    seen = []

    @topics.topic("send")
    def send(call, *, account):
        return {"receipt": call.outcome["receipt"]}

    @send.outside
    def _(call, *, account):
        with (
            house.database.write() as session
        ):  # would wait for ever inside a write transaction of its own thread
            session.execute(select(func.count()).select_from(Job))
        seen.append((call.idempotency_key, call.business_key, account))
        return {"receipt": "R-1"}

    house.deploy(with_job())
    instance_id = house.start("pay", data={"account": "A"})
    house.work()

    (row,) = house.rows(ActivityHistory, kind="service")
    assert row.results == {"receipt": "R-1"}
    ((key, business_key, account),) = seen
    assert (business_key, account) == ("APP-1", "A")
    assert key.startswith(f"APP-1:{instance_id}:")


def test_an_outside_step_in_a_task_that_is_no_job_is_refused_at_deployment(house, topics):
    @topics.topic("send")
    def send(call):
        return {}

    @send.outside
    def _(call):
        return None

    files = {
        "pay.bpmn": bundle(
            process("pay", start(), service("send", topic="send"), end(), path("s", "send", "e"))
        )
    }
    with pytest.raises(DeploymentRefused) as refused:
        house.deploy(files)
    assert [problem.code for problem in refused.value.problems] == ["outside_needs_async"]
    assert "asyncBefore" in refused.value.text("zh")


def test_a_worker_that_lost_its_lease_has_no_effect(house, bank):
    house.deploy(with_job())
    house.start("pay", data={"account": "A"})
    (late,) = leases.lease_due(house.engine, 10)
    assert leases.lease_due(house.engine, 10) == []
    house.later(minutes=6)
    assert leases.reap(house.engine, 10) == 1
    (quick,) = leases.lease_due(house.engine, 10)

    jobs.run_leased(house.engine, quick)
    jobs.run_leased(house.engine, late)

    assert bank.calls == 1
    assert len(house.open_tasks("check")) == 1
    assert len(house.rows(SealedValue)) == 1


def test_a_lease_lost_during_the_outside_step_drops_the_late_answer(house, topics):
    @topics.topic("send")
    def send(call):
        return {"answer": call.outcome}

    answers = iter(("late", "quick"))

    @send.outside
    def _(call):
        answer = next(answers)
        if answer == "late":
            house.later(minutes=6)
            leases.reap(house.engine, 1)
            (other,) = leases.lease_due(house.engine, 1)
            jobs.run_leased(house.engine, other)
        return answer

    house.deploy(with_job())
    house.start("pay")
    (lease,) = leases.lease_due(house.engine, 1)

    jobs.run_leased(house.engine, lease)

    (row,) = house.rows(ActivityHistory, kind="service")
    assert row.results == {"answer": "quick"}


def test_a_job_whose_worker_always_dies_becomes_an_incident(house, bank):
    house.deploy(with_job())
    house.start("pay", data={"account": "A"})
    for _ in range(4):
        (lease,) = leases.lease_due(house.engine, 10)
        leases.begin(house.engine, lease)
        house.later(minutes=6)
        assert leases.reap(house.engine, 10) == 1

    (incident,) = house.rows(Incident)
    assert (incident.cause, bank.calls) == ("worker_lost", 0)


def test_a_definition_that_compiles_otherwise_is_an_incident_at_once(house, bank):
    house.deploy(with_job())
    house.start("pay", data={"account": "A"})
    with house.database.write() as session:
        session.execute(update(Definition).values(fingerprint="another"))
    deployments.forget(house.database.engine)

    house.work()

    (incident,) = house.rows(Incident)
    assert (incident.cause, incident.attempts) == ("fingerprint_mismatch", 1)


def test_an_incident_closes_when_the_case_takes_another_way(house, bank):
    bank.failures = 99
    house.deploy(
        with_job(extensions="<camunda:failedJobRetryTimeCycle>R0/PT1M</camunda:failedJobRetryTimeCycle>")
    )
    instance_id = house.start("pay", data={"account": "A"})
    house.work()
    assert house.rows(Incident)[0].resolved_at is None

    house.do("cancel", instance_id, SYSTEM, "客户撤回")

    assert house.rows(Incident)[0].resolved_at is not None
    assert house.rows(Job) == []
    assert house.status(instance_id) == "cancelled"
    assert house.rows(ActivityHistory, kind="cancelled")[0].note == "客户撤回"


def test_a_handler_runs_in_a_savepoint_only_where_a_boundary_could_catch_its_refusal(house, topics):
    @topics.topic("note")
    def note(call):
        return {}

    def p(process_id, *boundaries):
        return bundle(
            process(
                process_id,
                start(),
                user("ask", candidateGroups_="front_desk"),
                service("check", topic="note"),
                end(),
                path("s", "ask", "check", "e"),
                *boundaries,
            )
        )

    caught = boundary("failed", "check", error("E1")) + end("e2") + path("failed", "e2")
    house.deploy({"plain.bpmn": p("plain"), "guarded.bpmn": p("guarded", caught)})
    savepoints = {}
    for process_id in ("plain", "guarded"):
        house.start(process_id)
        with house.statements() as seen:
            house.complete("ask", "front_desk_east")
        savepoints[process_id] = sum(statement.startswith("SAVEPOINT") for statement in seen)

    assert savepoints == {"plain": 0, "guarded": 1}
